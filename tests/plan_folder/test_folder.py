"""A folder as a whole: many files, one plan; every problem of all of them at once; places that follow."""

from __future__ import annotations

from pathlib import Path

from tocsin.plan_folder import read_folder

STARTER = Path(__file__).parents[2] / "src" / "tocsin" / "plans" / "starter"

BROKEN = {
    "org.yaml": "organisation: {name: Example, fallback: hed}\npeople:\n- {handle: ana}\n- {handle: ana, teem: core}\n",
    "deep/rota.yaml": """\
posts: [{id: head, holder: anna}]
rotations:
- id: primary
  time_zone: Europe/Londn
  people: [ana, bo]
  starts: 2026-01-05
  starts: 2026-01-06
""",
    "rules.yaml": """\
peopel: []
domains: [{id: core, primary: rotation:primry}]
services:
- {id: api, domain: cor, depends_on: [web]}
- {id: web, domain: core, depends_on: db}
- {id: db, domain: core, depends_on: [cache, api]}
- {id: cache, domain: core}
- {id: own, domain: core, depends_on: own}
limits: {flaps: many}
""",
    "twice.yaml": "limits: {flaps: 3}\norganisation: [x]\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_every_problem_of_every_file_at_once(tmp_path: Path) -> None:
    reading = read_folder(write(tmp_path, BROKEN))
    assert reading.plan is None
    assert [(p.where, p.what, p.why, p.mend) for p in reading.problems] == [
        ("deep/rota.yaml:1:28", "'anna' is not among the people", "", "did you mean 'ana'?"),
        ("deep/rota.yaml:4:14", "'Europe/Londn' is no time zone", "", "did you mean 'Europe/London'?"),
        ("deep/rota.yaml:5:17", "'bo' is not among the people", "", "one of: ana"),
        ("deep/rota.yaml:7:3", "the key 'starts' comes twice", "first at deep/rota.yaml:6:3", ""),
        ("org.yaml:1:41", "'hed' is not among the posts", "", "did you mean 'head'?"),
        ("org.yaml:4:3", "'ana' comes twice in people", "first at org.yaml:3:3", "give one of them another name"),
        ("org.yaml:4:17", "'teem' is no key of person", "", "did you mean 'team'?"),
        ("rules.yaml:1:1", "'peopel' is no part of a plan", "", "did you mean 'people'?"),
        ("rules.yaml:2:31", "rotation:primry names nothing among the rotations", "", "did you mean 'primary'?"),
        ("rules.yaml:4:21", "'cor' is not among the domains", "", "did you mean 'core'?"),
        ("rules.yaml:6:38", "services depend on one another in a ring: api -> web -> db -> api", "", ""),
        ("rules.yaml:8:39", "services depend on one another in a ring: own -> own", "", ""),
        ("rules.yaml:9:17", "'many' is no whole number", "", "write digits alone, as 2"),
        ("twice.yaml:1:1", "'limits' is stated twice", "first at rules.yaml:9:1", ""),
        ("twice.yaml:2:1", "'organisation' is stated twice", "first at org.yaml:1:1", ""),
    ]


def test_a_ring_behind_another_way_is_found(tmp_path: Path) -> None:
    """The first way out of `a` leads nowhere; the ring goes by the second."""
    services = (
        "services: [{id: a, domain: d, depends_on: [b, c]}, {id: b, domain: d}, {id: c, domain: d, depends_on: a}]"
    )
    files = {"x.yaml": f"organisation: {{name: x}}\nrotations: []\ndomains: [{{id: d, primary: []}}]\n{services}\n"}
    (problem,) = read_folder(write(tmp_path, files)).problems
    assert problem.what == "services depend on one another in a ring: a -> c -> a"


def test_services_that_share_what_they_need_are_no_ring(tmp_path: Path) -> None:
    services = "".join(
        f"- {{id: s{i}, domain: d, depends_on: [{', '.join(f's{j}' for j in range(i))}]}}\n" for i in range(60)
    )
    files = {"x.yaml": f"organisation: {{name: x}}\ndomains: [{{id: d, primary: []}}]\nservices:\n{services}"}
    assert read_folder(write(tmp_path, files)).problems == ()


def test_layout_files_and_comments_change_nothing_of_the_hash(tmp_path: Path) -> None:
    people = ["- {handle: ana}\n", "- handle: bo\n  hours: {start: '10:00'}\n"]
    one = {"plan.yaml": "organisation: {name: x}\npeople:\n" + "".join(people)}
    other = {
        "z/people.yml": "people:\n" + people[1],
        "a.yaml": "# words\npeople:\n" + people[0] + "---\n" * 0,
        "b.yaml": "organisation:\n    name: x\n",
        "empty.yaml": "",
    }
    first = read_folder(write(tmp_path / "one", one))
    second = read_folder(write(tmp_path / "other", other))
    assert first.problems == second.problems == ()
    assert first.hash == second.hash
    changed = read_folder(write(tmp_path / "third", {"plan.yaml": one["plan.yaml"].replace("10:00", "11:00")}))
    assert changed.hash != first.hash


def test_places_are_known_by_name_and_by_position(tmp_path: Path) -> None:
    text = """\
organisation: {name: x}
posts:
- {id: b}
- {id: a, holder: ana}
people: [{handle: ana}]
duties:
- {who: scribe, does: writes, source: B}
- {who: commander, does: leads, source: A}
policies:
- id: p
  zero: detection
  steps: [{id: s, page: [person:ana, post:b]}]
"""
    reading = read_folder(write(tmp_path, {"x.yaml": text}))
    assert reading.plan is not None and [post.id for post in reading.plan.posts] == ["a", "b"]
    assert str(reading.place("posts.a")) == str(reading.place("posts[0]")) == "x.yaml:4:3"
    assert str(reading.place("posts.a.holder")) == "x.yaml:4:19"
    assert str(reading.place("policies.p.steps[0].page[1]")) == "x.yaml:12:38"
    assert str(reading.place("policies.p.unanswered.then[0]")) == "x.yaml:10:3", "the nearest thing around it"
    assert reading.plan.duties[0].who == "commander" and str(reading.place("duties[0]")) == "x.yaml:8:3"
    assert reading.place("nothing.of.that") is None


def test_the_starter_plan_is_read() -> None:
    reading = read_folder(STARTER)
    assert reading.problems == () and reading.plan is not None
    assert (STARTER / "plan.yaml").read_text().count("\n") <= 60, "it fits on one screen"


def test_hostile_strings_as_whole_files_do_no_harm(tmp_path: Path) -> None:
    """Pieces of YAML put together at random: a plan or problems, never anything else."""
    from random import Random

    chance = Random(7)
    pieces = [
        "people",
        ":",
        " ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a",
        "*a",
        "!!x",
        "'",
        '"',
        "|",
        ">",
        "#",
        "%",
        "@",
        "---",
        "...",
        "\t",
        "?",
        "<<",
        ",",
        "organisation: {name: x}\n",
        "services:\n- ",
        "\u2028",
        "\ufeff",
        "x",
    ]
    for _ in range(400):
        (tmp_path / "x.yaml").write_text("".join(chance.choices(pieces, k=chance.randint(1, 40))))
        reading = read_folder(tmp_path)
        assert (reading.plan is None) == bool(reading.problems)

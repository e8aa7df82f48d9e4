"""What every test stands on: zone data from the locked wheel, as at the start of every process of ours."""

from __future__ import annotations

import zoneinfo

# The system's zone data may be of another version, and then a clock change of this year is another one.
zoneinfo.reset_tzpath(())

"""Contradictions and gaps of a plan, as findings; proof over a whole year comes on top of them."""

from tocsin.core.check.finding import Finding, Known, Report, VendorNeeds
from tocsin.core.check.run import check

__all__ = ["Finding", "Known", "Report", "VendorNeeds", "check"]

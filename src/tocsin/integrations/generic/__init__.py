"""Any sender of JSON, mapped by the plan."""

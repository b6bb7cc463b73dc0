"""Reports: what the shop's figures say of a span of days. docs/reports.md defines every figure."""

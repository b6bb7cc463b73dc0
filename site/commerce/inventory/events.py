"""What inventory announces."""

AVAILABILITY_CHANGED = "inventory.availability_changed"
STOCK_LOW = "inventory.stock_low"

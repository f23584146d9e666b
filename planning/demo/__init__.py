"""The demo company Billion: invented people, customers and deals, the same every time."""

"""The holder: my certificates of all centres, and what I let others see of them."""

"""What `manage.py` can do with the whole house."""

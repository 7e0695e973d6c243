"""What is known of the network and its vocabulary, as files that `manage.py load_network` reads."""

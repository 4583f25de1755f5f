"""The rooms of kms-login; `README.md` says which is which."""

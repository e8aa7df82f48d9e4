"""Commands under `tocsin user`."""

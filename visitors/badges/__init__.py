"""The badge as a credential: its serial, its signed code, the QR symbol, the sheet and the picture."""

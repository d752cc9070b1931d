"""Incidents: how they change, whom they are told from, who saw what, and campaigns behind them."""

"""Raw inputs to facts: addresses, places, network kinds, user agents, fingerprints. Ports: `Locator`."""

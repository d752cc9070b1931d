"""Where state lives. Ports: `CustomerStore`, `CrowdStore`, `KeyStore`, each with a Redis and a memory adapter."""

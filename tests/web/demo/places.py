"""Where the samples' networks are, as two small databases: the story needs geography, and tests need no download."""

from __future__ import annotations

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

# Network, country, latitude, longitude, AS number, its name: as DB-IP's Lite data (CC BY 4.0) told them in June 2026.
PLACES = (
    ("2.210.129.0/24", "DE", 53.55, 9.99, 6805, "Telefonica Germany"),
    ("2.210.130.0/24", "DE", 53.55, 9.99, 6805, "Telefonica Germany"),
    ("70.112.9.0/24", "US", 30.25, -97.77, 11427, "Charter Communications"),
    ("71.231.109.0/24", "US", 47.61, -122.33, 7922, "Comcast Cable Communications"),
    ("73.35.200.0/24", "US", 47.61, -122.33, 7922, "Comcast Cable Communications"),
    ("77.1.124.0/24", "DE", 53.55, 9.99, 6805, "Telefonica Germany"),
    ("77.209.120.0/23", "ES", 40.45, -3.60, 12430, "Vodafone Espana"),
    ("77.227.188.0/24", "ES", 40.42, -3.70, 12430, "Vodafone Espana"),
    ("79.130.17.0/24", "GR", 35.33, 25.14, 6799, "OTE"),
    ("81.11.200.0/24", "BE", 50.85, 4.36, 5432, "Proximus"),
    ("82.3.120.0/22", "GB", 53.78, -1.57, 5089, "Virgin Media"),
    ("84.133.218.0/23", "DE", 53.55, 10.00, 3320, "Deutsche Telekom"),
    ("88.0.175.0/24", "ES", 40.52, -3.66, 3352, "Telefonica de Espana"),
    ("92.40.180.0/24", "GB", 53.48, -2.24, 206067, "Hutchison 3G UK"),
    ("92.40.219.0/24", "GB", 53.48, -2.24, 206067, "Hutchison 3G UK"),
    ("99.237.200.0/24", "CA", 43.67, -79.39, 812, "Rogers Communications Canada"),
    ("146.70.137.0/24", "CA", 43.64, -79.38, 9009, "M247 Europe"),
    ("168.199.203.0/24", "CA", 43.65, -79.38, 9009, "M247 Europe"),
    ("172.56.104.0/22", "US", 47.61, -122.33, 21928, "T-Mobile USA"),
    ("178.139.160.0/24", "ES", 40.51, -3.68, 12430, "Vodafone Espana"),
    ("188.166.44.0/24", "NL", 52.36, 4.96, 14061, "DigitalOcean"),
)

ATTRIBUTION = "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0."


def write(folder: Path) -> Path:
    """The two databases and the note on their origin, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    city = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="DBIP-City-Lite", languages=["en"])
    asn = MMDBWriter(
        ip_version=6,
        ipv4_compatible=True,
        database_type="DBIP-ASN-Lite (compat=GeoLite2-ASN)",
        languages=["en"],
        int_type="u32",
    )
    for network, country, latitude, longitude, number, name in PLACES:
        where = {"latitude": latitude, "longitude": longitude}
        city.insert_network(IPSet([network]), {"country": {"iso_code": country}, "location": where})
        asn.insert_network(
            IPSet([network]), {"autonomous_system_number": number, "autonomous_system_organization": name}
        )
    city.to_db_file(str(folder / "city.mmdb"))
    asn.to_db_file(str(folder / "asn.mmdb"))
    return folder

"""The countries and metropolitan areas the simulated people live in.

Coordinates are city centres to two decimals; time zones are IANA names. `weight` is the share of a
metropolis among the simulated people of its country, roughly by population (rounded, so: assumed).
`languages` are the `navigator.languages` lists browsers send there, most usual first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metro:
    """A place people live in or travel to."""

    country: str
    name: str
    latitude_deg: float
    longitude_deg: float
    timezone: str
    weight: float

    @property
    def key(self) -> str:
        return f"{self.country}:{self.name}"


@dataclass(frozen=True, slots=True)
class Country:
    """A country: how many of the company's customers live there (relative), and how its browsers speak."""

    code: str
    market: float
    languages: tuple[tuple[str, ...], ...]


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance between two (latitude, longitude) pairs in degrees."""
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (*a, *b))
    h = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(h)))


_METROS = """
US|New York|40.71|-74.01|America/New_York|20
US|Los Angeles|34.05|-118.24|America/Los_Angeles|13
US|Chicago|41.88|-87.63|America/Chicago|9
US|Dallas|32.78|-96.80|America/Chicago|7
US|Houston|29.76|-95.37|America/Chicago|7
US|Washington|38.90|-77.04|America/New_York|6
US|Philadelphia|39.95|-75.17|America/New_York|6
US|Miami|25.76|-80.19|America/New_York|6
US|Atlanta|33.75|-84.39|America/New_York|6
US|Boston|42.36|-71.06|America/New_York|5
US|Phoenix|33.45|-112.07|America/Phoenix|5
US|San Francisco|37.77|-122.42|America/Los_Angeles|5
US|Detroit|42.33|-83.05|America/Detroit|4
US|Seattle|47.61|-122.33|America/Los_Angeles|4
US|Minneapolis|44.98|-93.27|America/Chicago|4
US|Denver|39.74|-104.99|America/Denver|3
US|Orlando|28.54|-81.38|America/New_York|3
US|St. Louis|38.63|-90.20|America/Chicago|3
CA|Toronto|43.65|-79.38|America/Toronto|6
CA|Montreal|45.50|-73.57|America/Toronto|4
CA|Vancouver|49.28|-123.12|America/Vancouver|3
CA|Calgary|51.05|-114.07|America/Edmonton|2
CA|Ottawa|45.42|-75.70|America/Toronto|1
MX|Mexico City|19.43|-99.13|America/Mexico_City|8
MX|Guadalajara|20.67|-103.35|America/Mexico_City|3
MX|Monterrey|25.69|-100.32|America/Monterrey|3
BR|Sao Paulo|-23.55|-46.63|America/Sao_Paulo|8
BR|Rio de Janeiro|-22.91|-43.17|America/Sao_Paulo|4
BR|Belo Horizonte|-19.92|-43.94|America/Sao_Paulo|2
BR|Curitiba|-25.43|-49.27|America/Sao_Paulo|2
AR|Buenos Aires|-34.60|-58.38|America/Argentina/Buenos_Aires|8
AR|Cordoba|-31.42|-64.18|America/Argentina/Cordoba|2
GB|London|51.51|-0.13|Europe/London|10
GB|Manchester|53.48|-2.24|Europe/London|4
GB|Birmingham|52.49|-1.89|Europe/London|4
GB|Glasgow|55.86|-4.25|Europe/London|2
GB|Leeds|53.80|-1.55|Europe/London|3
GB|Bristol|51.45|-2.59|Europe/London|2
IE|Dublin|53.35|-6.26|Europe/Dublin|4
IE|Cork|51.90|-8.47|Europe/Dublin|1
DE|Berlin|52.52|13.40|Europe/Berlin|5
DE|Hamburg|53.55|9.99|Europe/Berlin|3
DE|Munich|48.14|11.58|Europe/Berlin|4
DE|Cologne|50.94|6.96|Europe/Berlin|4
DE|Frankfurt|50.11|8.68|Europe/Berlin|4
DE|Stuttgart|48.78|9.18|Europe/Berlin|3
DE|Leipzig|51.34|12.37|Europe/Berlin|2
FR|Paris|48.86|2.35|Europe/Paris|10
FR|Lyon|45.76|4.84|Europe/Paris|3
FR|Marseille|43.30|5.37|Europe/Paris|3
FR|Toulouse|43.60|1.44|Europe/Paris|2
FR|Lille|50.63|3.07|Europe/Paris|2
ES|Madrid|40.42|-3.70|Europe/Madrid|6
ES|Barcelona|41.39|2.17|Europe/Madrid|5
ES|Valencia|39.47|-0.38|Europe/Madrid|2
ES|Seville|37.39|-5.98|Europe/Madrid|2
IT|Milan|45.46|9.19|Europe/Rome|5
IT|Rome|41.90|12.50|Europe/Rome|5
IT|Naples|40.85|14.27|Europe/Rome|3
IT|Turin|45.07|7.69|Europe/Rome|2
NL|Amsterdam|52.37|4.90|Europe/Amsterdam|5
NL|Rotterdam|51.92|4.48|Europe/Amsterdam|4
NL|Eindhoven|51.44|5.47|Europe/Amsterdam|2
BE|Brussels|50.85|4.35|Europe/Brussels|4
BE|Antwerp|51.22|4.40|Europe/Brussels|3
SE|Stockholm|59.33|18.07|Europe/Stockholm|5
SE|Gothenburg|57.71|11.97|Europe/Stockholm|2
SE|Malmo|55.60|13.00|Europe/Stockholm|2
NO|Oslo|59.91|10.75|Europe/Oslo|4
NO|Bergen|60.39|5.32|Europe/Oslo|1
DK|Copenhagen|55.68|12.57|Europe/Copenhagen|4
DK|Aarhus|56.16|10.20|Europe/Copenhagen|1
PL|Warsaw|52.23|21.01|Europe/Warsaw|5
PL|Krakow|50.06|19.94|Europe/Warsaw|2
PL|Wroclaw|51.11|17.03|Europe/Warsaw|2
CZ|Prague|50.08|14.44|Europe/Prague|4
CZ|Brno|49.20|16.61|Europe/Prague|1
AT|Vienna|48.21|16.37|Europe/Vienna|5
AT|Graz|47.07|15.44|Europe/Vienna|1
CH|Zurich|47.38|8.54|Europe/Zurich|4
CH|Geneva|46.20|6.14|Europe/Zurich|2
PT|Lisbon|38.72|-9.14|Europe/Lisbon|4
PT|Porto|41.15|-8.61|Europe/Lisbon|2
AU|Sydney|-33.87|151.21|Australia/Sydney|5
AU|Melbourne|-37.81|144.96|Australia/Melbourne|5
AU|Brisbane|-27.47|153.03|Australia/Brisbane|3
AU|Perth|-31.95|115.86|Australia/Perth|2
NZ|Auckland|-36.85|174.76|Pacific/Auckland|3
NZ|Wellington|-41.29|174.78|Pacific/Auckland|1
JP|Tokyo|35.68|139.69|Asia/Tokyo|8
JP|Osaka|34.69|135.50|Asia/Tokyo|4
JP|Nagoya|35.18|136.91|Asia/Tokyo|2
IN|Mumbai|19.08|72.88|Asia/Kolkata|5
IN|Delhi|28.61|77.21|Asia/Kolkata|5
IN|Bengaluru|12.97|77.59|Asia/Kolkata|4
ZA|Johannesburg|-26.20|28.05|Africa/Johannesburg|4
ZA|Cape Town|-33.92|18.42|Africa/Johannesburg|3
SG|Singapore|1.35|103.82|Asia/Singapore|1
NG|Lagos|6.52|3.38|Africa/Lagos|4
NG|Abuja|9.06|7.49|Africa/Lagos|1
PH|Manila|14.60|120.98|Asia/Manila|4
RO|Bucharest|44.43|26.10|Europe/Bucharest|4
RO|Timisoara|45.75|21.23|Europe/Bucharest|1
VN|Hanoi|21.03|105.85|Asia/Ho_Chi_Minh|2
VN|Ho Chi Minh City|10.82|106.63|Asia/Ho_Chi_Minh|3
ID|Jakarta|-6.21|106.85|Asia/Jakarta|4
PK|Karachi|24.86|67.00|Asia/Karachi|3
PK|Lahore|31.55|74.34|Asia/Karachi|2
UA|Kyiv|50.45|30.52|Europe/Kyiv|3
RU|Moscow|55.76|37.62|Europe/Moscow|3
MA|Casablanca|33.57|-7.59|Africa/Casablanca|2
EG|Cairo|30.04|31.24|Africa/Cairo|3
"""

# The market of a simulated shop: assumed. Each seed perturbs it (see `world`).
_COUNTRIES = """
US|34|en-US,en;en-US;en-US,en,es;es-US,es,en
CA|5|en-CA,en;en-US,en;fr-CA,fr,en
MX|2|es-MX,es;es-419,es;es-MX,es,en
BR|3|pt-BR,pt;pt-BR,pt,en-US,en
AR|1|es-AR,es;es-419,es
GB|12|en-GB,en;en-GB;en-US,en
IE|1.5|en-IE,en;en-GB,en
DE|11|de-DE,de;de-DE,de,en-US,en;de;en-US,en,de
FR|6|fr-FR,fr;fr-FR,fr,en-US,en;fr
ES|4|es-ES,es;es-ES,es,en;ca-ES,ca,es
IT|4|it-IT,it;it-IT,it,en-US,en
NL|3|nl-NL,nl;nl-NL,nl,en;en-US,en,nl
BE|1.5|nl-BE,nl;fr-BE,fr;fr-FR,fr
SE|1.5|sv-SE,sv;sv-SE,sv,en-US,en
NO|1|nb-NO,nb;nb-NO,nb,en
DK|1|da-DK,da;da-DK,da,en
PL|2|pl-PL,pl;pl-PL,pl,en-US,en
CZ|1|cs-CZ,cs;cs-CZ,cs,en
AT|1.5|de-AT,de;de-DE,de
CH|1.5|de-CH,de;fr-CH,fr;de-DE,de,en
PT|1|pt-PT,pt;pt-PT,pt,en
AU|3|en-AU,en;en-GB,en
NZ|1|en-NZ,en;en-GB,en
JP|2|ja-JP,ja;ja;ja-JP,ja,en-US,en
IN|2|en-IN,en;en-US,en,hi;en-GB,en
ZA|1|en-ZA,en;en-GB,en
SG|1|en-SG,en;en-US,en,zh-CN
NG|0|en-NG,en;en-US,en;en-GB,en
PH|0|en-PH,en;en-US,en;fil-PH,fil,en
RO|0|ro-RO,ro;ro-RO,ro,en-US,en;en-US,en
VN|0|vi-VN,vi;vi-VN,vi,en-US,en
ID|0|id-ID,id;id-ID,id,en-US,en
PK|0|en-US,en;en-GB,en;en-US,en,ur
UA|0|uk-UA,uk,ru,en;uk-UA,uk;ru-RU,ru,en
RU|0|ru-RU,ru,en-US,en;ru-RU,ru
MA|0|fr-FR,fr,ar;fr-FR,fr;ar-MA,ar,fr
EG|0|ar-EG,ar,en;en-US,en;ar,en
"""


def _metro(line: str) -> Metro:
    country, name, lat, lon, timezone, weight = line.split("|")
    return Metro(country, name, float(lat), float(lon), timezone, float(weight))


def _country(line: str) -> Country:
    code, market, languages = line.split("|")
    return Country(code, float(market), tuple(tuple(x.split(",")) for x in languages.split(";")))


METROS: tuple[Metro, ...] = tuple(_metro(x) for x in _METROS.split("\n") if x)
COUNTRIES: dict[str, Country] = {c.code: c for c in (_country(x) for x in _COUNTRIES.split("\n") if x)}
METROS_OF: dict[str, tuple[Metro, ...]] = {code: tuple(m for m in METROS if m.country == code) for code in COUNTRIES}
METRO: dict[str, Metro] = {m.key: m for m in METROS}

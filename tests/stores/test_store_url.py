"""What a store's URL may say: all of it is taken, or refused with what to do instead; nothing is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from cuelight.core.errors import InvalidInput
from cuelight.stores.store_url import read


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued = authority.issue_cert("client.example")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "nonsense.pem").write_text("nonsense")
    return folder


@pytest.mark.parametrize("scheme", ["rediss://h", "rediss+sentinel://h/main", "rediss+cluster://h"])
def test_certificates_are_named_alike_everywhere(scheme: str, files: Path) -> None:
    for query in ("ca={0}/ca.pem&cert={0}/cert.pem&key={0}/key.pem",
                  "ssl_ca_certs={0}/ca.pem&ssl_certfile={0}/cert.pem&ssl_keyfile={0}/key.pem"):  # fmt: skip
        found = read(f"{scheme}?{query.format(files)}")
        assert found.tls == {
            "ssl": True,
            "ssl_ca_certs": f"{files}/ca.pem",
            "ssl_certfile": f"{files}/cert.pem",
            "ssl_keyfile": f"{files}/key.pem",
        }
    assert read(scheme).tls == {"ssl": True}
    assert read(scheme.replace("rediss", "redis") + "?tls=true").tls == {"ssl": True}
    assert read(scheme.replace("rediss", "redis")).tls == {}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis://h/shop", "no number"),
        ("redis://h?db=x", "no number"),
        ("redis+sentinel://h/main?db=x", "no number"),
        ("redis+cluster://h/3", "only one"),
        ("redis+cluster://h?db=3", "only one"),
        ("redis://a:1,b:2", r"redis\+sentinel:// or redis\+cluster://"),
        ("redis:///0", "host:port"),
        ("redis://h:99999", "host:port"),
        ("redis://u:s3cr/et@h", "%2F"),
        ("redis://u:s3cr#et@h", "%23"),
        ("redis://s3cret@h", ":password@"),
        ("redis+cluster://s3cret@h", ":password@"),
        ("unix://run/redis.sock", "three slashes"),
        ("unix://", "three slashes"),
        ("unix:///run/redis.sock?tls=true", "has none"),
        ("redis://h?retry_on_timeout=true", "not known"),
        ("redis+sentinel://h/main?s3cret", "not known"),
        ("redis://h?sentinel_password=s3cret", r"redis\+sentinel"),
        ("redis+sentinel://h/main/3", "names no master"),
        ("rediss://h?ssl_cert_reqs=none", "unchecked"),
        ("rediss://h?ssl_check_hostname=false", "unchecked"),
        ("rediss://h?tls=false", "tls=false"),
        ("redis+cluster://h?tls=ture", "neither true nor false"),
        ("redis+cluster://h?ca=/etc/ca.pem", "no TLS"),
        ("rediss://h?key=/etc/key.pem", "without its cert"),
        ("redis://h?socket_timeout=0", "no number of seconds"),
        ("redis://h?socket_connect_timeout=nan", "no number of seconds"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_what_to_do(url: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        read(url)
    assert "CUELIGHT_REDIS_URL" in str(caught.value)
    assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("ca={0}/none.pem", "as ca="),
        ("ca={0}/nonsense.pem", "as ca="),
        ("cert={0}/none.pem&key={0}/key.pem", "as cert="),
        ("cert={0}/cert.pem&key={0}/nonsense.pem", "as cert="),
        ("cert={0}/cert.pem", "as cert="),
    ],
)
def test_files_that_are_no_certificates_are_told_at_once(query: str, says: str, files: Path) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        read(f"rediss://h?{query.format(files)}")
    assert str(files) not in str(caught.value)


def test_a_repr_shows_no_secret() -> None:
    shown = repr(read("redis+sentinel://cue:s3cret@h/main?sentinel_password=s3cret"))
    assert "s3cret" not in shown
    assert "main" in shown


def test_odd_characters_are_percent_encoded() -> None:
    found = read("redis+sentinel://u%40x:p%2F%23w@[::1]:2,h/m%C3%A4in?db=4")
    assert found.credentials == {"username": "u@x", "password": "p/#w"}
    assert (found.hosts, found.master, found.database) == ((("::1", 2), ("h", 26379)), "mäin", 4)
    assert read("unix:///run/c%23/r.sock?db=2").path == "/run/c#/r.sock"

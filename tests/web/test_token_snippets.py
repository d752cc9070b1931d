"""What `docs/collector.md` tells a company's developers to paste makes tokens that prove."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT, now

from cuelight.core.collectors import TokenKey
from cuelight.web.identity_token import verify

DOCS = (ROOT / "docs" / "collector.md").read_text("utf-8")
KEY, SECRET = "pk_4f7d2c9a1be05836a7d94e10", "Grüße-from-a-shop-with-a-long-secret"
NODE = Path(sys.executable).with_name("node")
RUNNERS = {
    "python": ([sys.executable, "-"], "import sys; sys.stdout.write({call})", "identity_token"),
    "js": ([str(NODE), "-"], "process.stdout.write({call});", "identityToken"),
    "php": (["php"], "echo {call};", "identity_token"),
}


@pytest.mark.parametrize("language", ["python", "js", *(["php"] if shutil.which("php") else [])])
@pytest.mark.parametrize("chat_id", [None, "7431"])
def test_a_pasted_snippet_makes_a_good_token(language: str, chat_id: str | None) -> None:
    [snippet] = re.findall(rf"```{language}\n((?:(?!```).)*[iI]dentity_?[tT]oken.*?)```", DOCS, re.S)
    command, tail, name = RUNNERS[language]
    told = [KEY, SECRET, "u-1001", *([chat_id] if chat_id else [])]
    call = f"{name}({', '.join(repr(each) for each in told)})"
    program = ("<?php\n" if language == "php" else "") + snippet + "\n" + tail.format(call=call)
    made = subprocess.run(command, input=program, capture_output=True, text=True, check=True, timeout=30).stdout
    proven = verify(made, (TokenKey("k", "HS256", SECRET, now()),), f"cuelight:{KEY}", now())
    assert (proven.customer_id, proven.chat_id) == ("u-1001", chat_id)

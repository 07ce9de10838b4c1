"""Texts that an earlier program misread are asked about, and odd names are not."""

import pytest

from server.domain.texts.misread import misreading_in


@pytest.mark.parametrize("name", ["H幨鋝e Durand", "Bj鷨n 匎esson", "狶в花", "HÃ©lÃ¨ne", "鐜嬪皬鏄庢潕"])
def test_letters_that_nobody_writes_together_look_misread(name: str) -> None:
    assert "looks misread" in (misreading_in(name) or "")


@pytest.mark.parametrize("name", ["Amy王", "王小明Tom", "資工A班", "Hélène", "Łukasz Żółtowski"])
def test_a_name_in_two_scripts_is_a_name(name: str) -> None:
    assert misreading_in(name) is None

import unicodedata
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import forms
from chalicelib.errors import AccountError, BodyTooLarge, NotAForm, RefusedInput
from tests.secret_guard import secret

FORM = "application/x-www-form-urlencoded"
PASSWORD = secret("kelp forests hum at midnight")


def read(uname: str = "doryfish", password: str = PASSWORD) -> forms.Credentials:
    body = urlencode({"uname": uname, "password": password}).encode()
    return forms.credentials(forms.parse(FORM, body))


class TestParse:
    def test_fields_are_decoded(self) -> None:
        body = b"uname=D%C3%B6ry&password=a+b%26c%3Dd"
        assert forms.parse(FORM, body) == {"uname": "Döry", "password": "a b&c=d"}

    def test_raw_utf8_is_read_as_it_is(self) -> None:
        assert forms.parse(FORM, "uname=Döry".encode()) == {"uname": "Döry"}

    def test_other_fields_are_let_through(self) -> None:
        assert forms.parse(FORM, b"uname=a&submit=Go") == {"uname": "a", "submit": "Go"}

    @pytest.mark.parametrize(
        "content_type",
        [
            FORM,
            "Application/X-WWW-Form-Urlencoded",
            f"{FORM}; charset=UTF-8",
            f'{FORM};charset="utf-8"',
            f" {FORM} ; boundary=x",
        ],
    )
    def test_a_form_in_utf8_is_a_form(self, content_type: str) -> None:
        assert forms.parse(content_type, b"uname=a") == {"uname": "a"}

    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "",
            "application/json",
            "text/plain",
            "*/*",
            f"text/plain;{FORM}",
            f"text/plain, {FORM}",
            f"{FORM}, text/plain",
            "multipart/form-data; boundary=x",
            f"{FORM}; charset=iso-8859-1",
            f"{FORM}; charset=utf-8; charset=utf-16",
        ],
    )
    def test_anything_else_is_not(self, content_type: str | None) -> None:
        with pytest.raises(NotAForm):
            forms.parse(content_type, b"uname=a")

    def test_a_body_of_the_largest_size_is_read(self) -> None:
        body = b"uname=" + b"a" * (forms.MAX_BODY_BYTES - 6)
        assert len(forms.parse(FORM, body)["uname"]) == forms.MAX_BODY_BYTES - 6

    def test_a_larger_body_is_refused(self) -> None:
        with pytest.raises(BodyTooLarge):
            forms.parse(FORM, b"a" * (forms.MAX_BODY_BYTES + 1))

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            pytest.param(b"uname=\xff\xfe", "The form is not UTF-8", id="raw bytes"),
            pytest.param(b"uname=%ff", "A field of the form is not UTF-8", id="escaped bytes"),
            pytest.param(b"uname=%ED%A0%80", "A field of the form is not UTF-8", id="surrogate"),
            pytest.param(b"uname=%C0%80", "A field of the form is not UTF-8", id="overlong NUL"),
            pytest.param(b"uname=100%", "not URL-encoded", id="percent at the end"),
            pytest.param(b"uname=%zz", "not URL-encoded", id="percent without hex"),
            pytest.param(b"uname=%u0041", "not URL-encoded", id="percent u"),
            pytest.param(b"&" * 20, "too many fields", id="many fields"),
        ],
    )
    def test_what_cannot_be_decoded_is_refused(self, body: bytes, reason: str) -> None:
        with pytest.raises(RefusedInput, match=reason) as caught:
            forms.parse(FORM, body)
        assert caught.value.field is None

    @pytest.mark.parametrize("name", ["uname", "password"])
    def test_a_repeated_field_is_refused_by_name(self, name: str) -> None:
        with pytest.raises(RefusedInput, match="more than once") as caught:
            forms.parse(FORM, f"{name}=a&{name}=a".encode())
        assert caught.value.field == name

    def test_a_repeated_unknown_field_is_refused_too(self) -> None:
        with pytest.raises(RefusedInput, match="more than once") as caught:
            forms.parse(FORM, b"x=1&x=2")
        assert caught.value.field is None

    @given(body=st.binary(max_size=200), content_type=st.none() | st.text(max_size=80))
    def test_any_bytes_get_a_clear_answer(self, body: bytes, content_type: str | None) -> None:
        for declared in (content_type, FORM):
            try:
                fields = forms.parse(declared, body)
                forms.credentials(fields)
            except AccountError as error:
                assert str(error)

    @given(
        st.dictionaries(
            st.sampled_from(["uname", "password", "other"]),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
        )
    )
    def test_what_a_browser_encodes_comes_back(self, fields: dict[str, str]) -> None:
        assert forms.parse(FORM, urlencode(fields).encode()) == fields


class TestBothFields:
    @pytest.mark.parametrize("name", ["uname", "password"])
    def test_a_missing_field_is_named(self, name: str) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD}
        del fields[name]
        with pytest.raises(RefusedInput, match="is missing") as caught:
            forms.credentials(fields)
        assert caught.value.field == name

    @pytest.mark.parametrize("name", ["uname", "password"])
    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            pytest.param("", "is empty", id="empty"),
            pytest.param("dory\0fish and a long password", "has a NUL", id="NUL"),
            pytest.param("dory\ufffdfish and more of it", "not UTF-8", id="replacement"),
            pytest.param("dory\tfish and a long password", "control character", id="tab"),
            pytest.param("dory\r\nfish and a long password", "control character", id="line end"),
            pytest.param("dory\x85fish and a long password", "control character", id="C1"),
            pytest.param("dory\x7ffish and a long password", "control character", id="DEL"),
        ],
    )
    def test_each_fault_has_its_own_reason(self, name: str, value: str, reason: str) -> None:
        fields = {"uname": "doryfish", "password": PASSWORD} | {name: value}
        with pytest.raises(RefusedInput, match=reason) as caught:
            forms.credentials(fields)
        assert caught.value.field == name

    @pytest.mark.parametrize("name", ["uname", "password"])
    @pytest.mark.parametrize("typed", ["\u0660" * 4000, "o\u0308" * 2000])
    def test_precis_whose_work_grows_with_the_square_never_sees_a_long_one(
        self, monkeypatch: pytest.MonkeyPatch, name: str, typed: str
    ) -> None:
        lengths = []

        class Measured:
            def enforce(self, value: str) -> str:
                lengths.append(len(value))
                return "doryfish"

        monkeypatch.setattr(forms, "_USERNAME", Measured())
        monkeypatch.setattr(forms, "_PASSWORD", Measured())
        with pytest.raises(RefusedInput, match="too long"):
            forms.credentials({"uname": "doryfish", "password": PASSWORD} | {name: typed})
        assert all(length <= 512 for length in lengths)


class TestUsername:
    @pytest.mark.parametrize(
        ("typed", "userid"),
        [
            pytest.param("DoryFish", "doryfish", id="case"),
            pytest.param("Do\u0308ry", "d\u00f6ry", id="composed"),
            pytest.param("\uff24\uff4f\uff52\uff59", "dory", id="full width"),
            pytest.param("Dory.Fish+1@reef.example", "dory.fish+1@reef.example", id="address"),
            pytest.param("Дори", "дори", id="Cyrillic"),
        ],
    )
    def test_it_is_mapped(self, typed: str, userid: str) -> None:
        assert read(uname=typed).userid == userid

    @pytest.mark.parametrize(
        ("typed", "reason"),
        [
            pytest.param("dory fish", "has a space", id="space"),
            pytest.param(" doryfish", "has a space", id="leading space"),
            pytest.param("dory\u200dfish", r"\(U\+200D\)", id="joiner"),
            pytest.param("dory\u00a0fish", r"\(U\+00A0\)", id="no-break space"),
            pytest.param("\ufb01sh", r"\(U\+FB01\)", id="ligature"),
            pytest.param("fish\U0001f420", r"\(U\+1F420\)", id="emoji"),
            pytest.param("dory\u202efish", r"\(U\+202E\)", id="direction override"),
            pytest.param("\u05d01a", "not allowed: use letters", id="mixed direction"),
        ],
    )
    def test_what_is_not_allowed_is_named(self, typed: str, reason: str) -> None:
        with pytest.raises(RefusedInput, match=reason) as caught:
            read(uname=typed)
        assert caught.value.field == "uname"

    def test_64_characters_after_mapping_are_taken(self) -> None:
        assert len(read(uname="o\u0308" * 64).userid) == 64

    def test_65_are_not(self) -> None:
        with pytest.raises(RefusedInput, match="at most 64 characters"):
            read(uname="x" * 65)

    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=70))
    def test_any_text_is_refused_or_maps_to_a_fixed_point(self, typed: str) -> None:
        try:
            userid = read(uname=typed).userid
        except RefusedInput as error:
            assert error.field == "uname"
            return
        assert 1 <= len(userid) <= 64
        assert unicodedata.is_normalized("NFC", userid)
        assert read(uname=userid).userid == userid


class TestPassword:
    @pytest.mark.parametrize(
        "typed",
        [
            pytest.param(" leading and trailing ", id="never trimmed"),
            pytest.param("CaSe Is KePt As It Is", id="never case-changed"),
            pytest.param("p" * 256, id="256 code points"),
            pytest.param("\U0001f420" * forms.MAX_PASSWORD_LENGTH, id="the longest, 4 bytes each"),
            pytest.param("".join(map(chr, range(32, 127))), id="all of printing ASCII"),
        ],
    )
    def test_it_is_taken_as_it_is(self, typed: str) -> None:
        assert read(password=typed).password == typed

    def test_it_is_composed(self) -> None:
        assert read(password="cafe\u0301").password == "caf\u00e9"

    def test_every_space_is_a_plain_one(self) -> None:
        assert read(password="a\u00a0b\u3000c").password == "a b c"

    def test_code_points_are_counted_after_normalisation(self) -> None:
        assert len(read(password="o\u0308" * 512).password) == 512

    def test_a_longer_one_is_refused(self) -> None:
        with pytest.raises(RefusedInput, match="at most 512 characters") as caught:
            read(password="p" * 513)
        assert caught.value.field == "password"

    def test_the_longest_fits_into_a_form_beside_the_longest_name(self) -> None:
        widest = quote_plus("\U0001f420")
        body = f"uname={quote_plus('𐐨') * 64}&password={widest * forms.MAX_PASSWORD_LENGTH}"
        assert len(body) < forms.MAX_BODY_BYTES

    @pytest.mark.parametrize(
        "typed",
        [
            pytest.param("a joiner \u200d in the middle", id="joiner"),
            pytest.param("not assigned \u0378 yet", id="unassigned"),
            pytest.param("private \ue000 use", id="private use"),
        ],
    )
    def test_what_keyboards_do_not_send_reliably_is_refused_unnamed(self, typed: str) -> None:
        with pytest.raises(RefusedInput, match="do not send reliably") as caught:
            read(password=typed)
        assert "U+" not in str(caught.value)

    def test_it_is_not_in_the_repr(self) -> None:
        assert PASSWORD not in repr(read())

    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
    def test_any_text_is_refused_or_comes_back_composed(self, typed: str) -> None:
        try:
            password = read(password=typed).password
        except RefusedInput as error:
            assert error.field == "password"
            return
        spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in typed)
        assert password == unicodedata.normalize("NFC", spaced)
        assert read(password=password).password == password

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from chalicelib.errors import WeakPassword
from chalicelib.passwords import PasswordPolicy
from tests.secret_guard import secret

PASSWORD = secret("kelp forests hum at midnight")


class TestPolicy:
    policy = PasswordPolicy(15, "Coral Reef")

    @pytest.mark.parametrize(
        "password",
        [
            pytest.param(PASSWORD, id="words"),
            pytest.param("kT9$wq!zR4#vLp2@", id="random"),
            pytest.param("правильная лошадь батарея", id="Cyrillic words"),
            pytest.param("a" * 32 + "kT9$wq!zR4#vLp2@", id="strong in its second window"),
            pytest.param("doryfish likes purple umbrellas", id="name and more"),
        ],
    )
    def test_a_strong_one_is_taken(self, password: str) -> None:
        self.policy.check(password, "doryfish")

    def test_a_minimum_is_counted_in_code_points(self) -> None:
        with pytest.raises(WeakPassword, match="at least 15 characters") as caught:
            self.policy.check("kT9$wq!zR4#vLp", "doryfish")
        assert caught.value.suggestions
        self.policy.check("kT9$wq!zR4#vLp\U0001f420", "doryfish")

    def test_the_minimum_is_a_setting(self) -> None:
        PasswordPolicy(8, "Coral Reef").check("kT9$wq!z", "doryfish")

    @pytest.mark.parametrize(
        "password",
        [
            pytest.param("passwordpassword", id="common, twice"),
            pytest.param("aaaaaaaaaaaaaaaaaaaa", id="one letter"),
            pytest.param("abcdefghijklmnopqrstuvwxyz", id="alphabet"),
            pytest.param("1234567890123456789", id="digits"),
            pytest.param("qwertyuiopasdfgh", id="keyboard"),
            pytest.param("P@ssw0rdP@ssw0rd", id="substitutions"),
            pytest.param("ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ", id="full width"),
            pytest.param("password" * 60, id="longer than zxcvbn takes"),
        ],
    )
    def test_a_guessable_one_is_refused_with_advice(self, password: str) -> None:
        with pytest.raises(WeakPassword, match="too easy to guess") as caught:
            self.policy.check(password, "doryfish")
        assert caught.value.field == "password"
        assert caught.value.suggestions

    def test_the_3000_most_common_ones_are_refused(self) -> None:
        policy = PasswordPolicy(8, "Coral Reef")
        common = FREQUENCY_LISTS["passwords"][:3000]
        assert len(common) == 3000
        for password in common:
            with pytest.raises(WeakPassword):
                policy.check(password, "doryfish")

    @pytest.mark.parametrize(
        "password",
        [
            pytest.param("doryfishdoryfish", id="the user name"),
            pytest.param("DORYFISHdoryfish", id="the user name in capitals"),
            pytest.param("coralreefcoralreef", id="words of the service"),
            pytest.param("Coral Reef Coral Reef", id="the service"),
            pytest.param("doryfish@Coral Reef", id="both"),
            pytest.param("doryfish1234567", id="the user name and digits"),
            pytest.param("d0ryf1sh d0ryf1sh", id="with look-alikes"),
            pytest.param("D0RY.F1SH.dory-f!sh", id="with look-alikes and separators"),
            pytest.param("dory.fish.dory.fish", id="with separators"),
            pytest.param("d-o-r-y-f-i-s-h-", id="with a separator each"),
            pytest.param("c0ral-r33f-c0ral-r33f", id="the service with look-alikes"),
            pytest.param("c o r a l r e e f 1", id="the service with spaces"),
            pytest.param("ｄｏｒｙｆｉｓｈｄｏｒｙｆｉｓｈ", id="full width"),
        ],
    )
    def test_one_built_from_what_a_guesser_knows_is_refused_and_says_so(
        self, password: str
    ) -> None:
        with pytest.raises(WeakPassword, match="the user name or the name of this service"):
            self.policy.check(password, "doryfish")

    @pytest.mark.parametrize(
        ("userid", "password"),
        [
            ("thomas.mueller@gmail.com", "ThomasMueller1987!"),
            ("thomas.mueller@gmail.com", "muellerthomas1987"),
            ("info@example.com", "www.example.com!"),
            ("anna.smith", "Smith.Anna.1990"),
            ("dory.fish", "Fish-Dory-2024!"),
            ("doryfish", "hsifyrod2024!!!"),
        ],
    )
    def test_so_is_one_built_from_a_part_of_the_name(self, userid: str, password: str) -> None:
        with pytest.raises(WeakPassword, match="the user name or the name of this service"):
            self.policy.check(password, userid)

    @pytest.mark.parametrize("userid", ["the", "max", "anna", "info@example.com", "dory.fish"])
    @pytest.mark.parametrize(
        "password",
        [
            pytest.param("the weather is lovely in november", id="words"),
            pytest.param("anna likes maximal purple lanterns", id="words with names in them"),
            pytest.param("kT9$wq!zR4#vLp2@", id="random"),
        ],
    )
    def test_a_strong_one_is_not_refused_for_a_short_name(self, userid: str, password: str) -> None:
        self.policy.check(password, userid)

    def test_the_longest_user_name_does_not_make_a_password(self) -> None:
        userid = "".join(chr(ord("a") + i * 7 % 26) for i in range(64))
        with pytest.raises(WeakPassword):
            self.policy.check(userid, userid)

    def test_a_short_user_name_is_not_cut_out_of_words(self) -> None:
        self.policy.check(PASSWORD, "e")

    def test_no_composition_is_asked_for(self) -> None:
        self.policy.check("swimming lanterns borrow thursday", "doryfish")

    @pytest.mark.parametrize(
        "password",
        [
            pytest.param("p" * 512, id="the longest"),
            pytest.param("\ufdfa" * 512, id="the longest after compatibility mapping"),
        ],
    )
    def test_zxcvbn_never_sees_more_than_it_can_judge_quickly(self, password: str) -> None:
        with patch("zxcvbn.zxcvbn") as zxcvbn:
            zxcvbn.return_value = {"guesses": 1, "feedback": {"warning": "", "suggestions": []}}
            with pytest.raises(WeakPassword):
                self.policy.check(password, "doryfish")
        assert max(len(call.args[0]) for call in zxcvbn.call_args_list) == 32
        assert len(zxcvbn.call_args_list) == 16

    @settings(deadline=None)
    @given(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64),
    )
    def test_any_text_is_taken_or_refused_with_advice(self, password: str, userid: str) -> None:
        try:
            PasswordPolicy(8, "Coral Reef").check(password, userid)
        except WeakPassword as error:
            assert error.suggestions
            return
        assert len(password) >= 8

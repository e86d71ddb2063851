"""What an agent needs of its server, line by line, and the tests that fail when it is missing.

The numbers are those of the conformance list that the protocol was implemented from (docs/protocols/android.md).
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ROUTES, VALUES, FILES = (
    "android/test_every_route.py",
    "android/test_configuration_values.py",
    "android/test_files_of_tablets.py",
)
CONFIGURATION, JOINING, MOVING = "android/test_configuration.py", "android/test_joining.py", "android/test_moving.py"
POLLING, REPORTS, ORDERS = "android/test_polling.py", "android/test_reports.py", "android/test_orders.py"
COMPILER, STORE, CODES = (
    "profiles/test_android_compiler.py",
    "profiles/test_apk_store.py",
    "enrollment/test_provisioning.py",
)

LINES: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("every endpoint under the segment", (
        f"{ROUTES}::test_each_endpoint_answers_under_the_segment_in_the_agents_envelope",
        f"{ROUTES}::test_without_the_segment_there_is_nothing",
    )),
    2: ("a slash inside the segment is a 404", (
        f"{ROUTES}::test_strangers_get_one_answer",
        f"{ROUTES}::test_no_form_of_an_address_is_redirected",
    )),
    3: ("no redirect", (f"{ROUTES}::test_no_form_of_an_address_is_redirected",)),
    4: ("a number is one decoded segment", (
        f"{JOINING}::test_strange_numbers_are_one_segment_and_find_a_place",
        f"{VALUES}::test_a_number_with_a_slash_is_one_segment_on_every_address",
    )),
    5: ("an empty number is no fault, and is logged", (
        f"{JOINING}::test_an_empty_number_is_said_to_the_technician_and_never_a_fault",
    )),
    6: ("200, JSON in UTF-8, OK, data", (
        f"{ROUTES}::test_each_endpoint_answers_under_the_segment_in_the_agents_envelope",
        f"{ROUTES}::test_nothing_of_a_first_bodys_keys_is_needed_or_minded",
    )),
    7: ("no empty answer", (f"{ROUTES}::test_each_endpoint_answers_under_the_segment_in_the_agents_envelope",)),
    8: ("status, message, data, and nothing after it", (
        f"{CONFIGURATION}::test_the_envelope_is_the_one_that_a_checking_build_cuts",
        f"{ROUTES}::test_each_endpoint_answers_under_the_segment_in_the_agents_envelope",
    )),
    9: ("the answer's signature", (
        f"{CONFIGURATION}::test_the_envelope_is_the_one_that_a_checking_build_cuts",
        f"{VALUES}::test_signatures_and_digests_are_those_of_the_agent",
    )),
    10: ("the tablet's own address, from trusted proxies alone", (
        f"{VALUES}::test_the_address_of_the_tablet_is_told_with_configuration_and_report",
        f"{MOVING}::test_only_a_trusted_proxy_says_where_a_tablet_calls_from",
    )),
    11: ("a request's signature in any case, or none", (
        f"{CONFIGURATION}::test_requests_must_be_signed_but_polls_need_not",
        f"{JOINING}::test_a_tablet_takes_the_first_free_slot_and_an_address_of_its_own",
    )),
    12: ("no poll is dropped for an old signature", (f"{POLLING}::test_an_old_signature_does_not_drop_a_poll",)),
    13: ("unknown keys and nulls in the first body", (
        f"{ROUTES}::test_nothing_of_a_first_bodys_keys_is_needed_or_minded",
    )),
    14: ("only a POST by a live kit's path creates", (
        f"{MOVING}::test_only_asking_by_post_creates_a_tablet",
        f"{JOINING}::test_a_path_ends_soon_after_its_first_use",
    )),
    15: ("an existing number is refused, without 'not found'", (
        f"{JOINING}::test_a_tablets_own_path_takes_nobody_in",
        f"{JOINING}::test_the_second_of_two_tablets_for_one_slot_is_held",
    )),
    16: ("'not found' only for a number to type again", (
        f"{JOINING}::test_an_empty_number_is_asked_for_and_creates_nothing",
        f"{ROUTES}::test_strangers_get_one_answer",
    )),
    17: ("one answer for strangers", (
        f"{ROUTES}::test_strangers_get_one_answer",
        f"{JOINING}::test_unknown_paths_wrong_numbers_and_retired_tablets_get_one_answer",
    )),
    18: ("no list is null", (f"{CONFIGURATION}::test_nothing_of_it_is_null_where_that_would_stop_the_agent",)),
    19: ("a package and a version in each entry", (
        f"{CONFIGURATION}::test_nothing_of_it_is_null_where_that_would_stop_the_agent",
    )),
    20: ("no package twice; going back removes first", (
        f"{CONFIGURATION}::test_nothing_of_it_is_null_where_that_would_stop_the_agent",
        f"{CONFIGURATION}::test_going_back_to_an_older_version_removes_the_newer_one_first",
    )),
    21: ("files that are there and fit the tablet", (
        f"{FILES}::test_every_app_of_a_configuration_is_there_at_once",
        f"{FILES}::test_the_file_is_the_one_for_the_machine_code_that_the_agent_says",
        f"{FILES}::test_an_app_that_needs_a_newer_android_waits_until_the_tablet_said_that_it_has_it",
        f"{FILES}::test_a_file_that_was_removed_is_offered_no_more",
    )),
    22: ("a name of its own for each version", (
        f"{FILES}::test_each_version_has_another_address",
        f"{FILES}::test_every_app_of_a_configuration_is_there_at_once",
    )),
    23: ("no master.apk", (f"{STORE}::test_each_version_has_a_file_name_of_its_own",)),
    24: ("no stall, no encoding", (
        "listener/test_files.py::test_ten_at_once_are_whole_and_another_request_is_answered_meanwhile",
        "listener/test_files.py::test_a_whole_file_and_one_range_of_it",
    )),
    25: ("the agent's file for a bare request", (
        f"{FILES}::test_the_code_names_the_agents_file_and_the_checksum_of_its_very_bytes",
    )),
    26: ("files are checked when they come in", (
        f"{STORE}::test_a_file_says_what_it_is",
        f"{STORE}::test_a_downgrade_a_changed_signer_and_a_twin_are_refused_and_leave_nothing",
        f"{STORE}::test_a_corrupt_file_is_refused_with_the_reason_in_both_languages",
    )),
    27: ("the checksum of the bytes that are served", (
        f"{FILES}::test_the_code_names_the_agents_file_and_the_checksum_of_its_very_bytes",
        f"{FILES}::test_a_newer_agent_gives_new_codes_and_the_old_address_still_works",
    )),
    28: ("extras are texts", (f"{CODES}::test_the_agents_own_extras_are_texts_and_its_path_one_segment",)),
    29: ("a base without a path, and a project", (
        f"{CODES}::test_the_agents_own_extras_are_texts_and_its_path_one_segment",
    )),
    30: ("how to listen, always", (
        f"{ROUTES}::test_nothing_of_a_first_bodys_keys_is_needed_or_minded",
        f"{VALUES}::test_each_setting_arrives_in_the_agents_words_and_types",
    )),
    31: ("the panel's password", (
        f"{VALUES}::test_the_panels_password_is_the_tablets_own_and_its_digest_is_what_the_agent_compares",
    )),
    32: ("positions are never asked for", (
        f"{VALUES}::test_what_the_open_agent_would_take_amiss_is_never_said",
    )),
    33: ("the radio that is needed stays on", (
        f"{VALUES}::test_what_the_open_agent_would_take_amiss_is_never_said",
    )),
    34: ("types, colours, times, restrictions", (
        f"{VALUES}::test_each_setting_arrives_in_the_agents_words_and_types",
        f"{COMPILER}::test_a_mistake_is_named",
        f"{COMPILER}::test_user_restrictions_arrive_as_they_are",
    )),
    35: ("locked packages", (
        f"{VALUES}::test_each_setting_arrives_in_the_agents_words_and_types",
        f"{CONFIGURATION}::test_what_left_the_edition_is_taken_away",
        f"{COMPILER}::test_a_mistake_is_named",
    )),
    36: ("no second new address", (f"{MOVING}::test_a_tablets_configuration_names_no_address_but_its_own",)),
    37: ("the old path until the new one is used", (
        f"{MOVING}::test_the_old_path_answers_until_the_new_one_is_used",
    )),
    38: ("one host", (f"{MOVING}::test_the_kits_and_the_tablets_address_are_on_one_host",)),
    39: ("held for less than the agent waits, then empty", (
        f"{POLLING}::test_nothing_is_told_as_an_empty_list",
        f"{POLLING}::test_a_poll_cannot_be_held_longer_than_the_agent_waits",
    )),
    40: ("no empty answer at once", (f"{POLLING}::test_a_wake_with_nothing_to_say_keeps_the_poll",)),
    41: ("messages wait, and come back when they could not be written", (
        f"{POLLING}::test_what_happens_between_two_polls_waits",
        f"{POLLING}::test_a_message_for_a_tablet_that_hung_up_waits_for_its_next_poll",
        f"{POLLING}::test_what_was_sent_and_could_not_be_written_is_given_back",
    )),
    42: ("a payload is a text", (f"{ORDERS}::test_a_message_carries_its_payload_as_text",)),
    43: ("several configUpdated are one", (
        f"{ORDERS}::test_several_wishes_to_look_again_are_one_message_at_the_end",
    )),
    44: ("one poll waits for a tablet", (f"{POLLING}::test_a_newer_poll_takes_the_place_of_an_older_one",)),
    45: ("the same request twice", (
        f"{ROUTES}::test_a_request_that_comes_twice_is_answered_twice_and_done_once",
        f"{ROUTES}::test_a_first_asking_that_comes_twice_is_one_tablet",
    )),
    46: ("JSON for what is accepted, an error for what is to be kept", (
        f"{ROUTES}::test_each_endpoint_answers_under_the_segment_in_the_agents_envelope",
        f"{ROUTES}::test_a_malformed_body_is_refused_in_words_and_changes_nothing",
    )),
    47: ("flags end when they are confirmed, and only then", (
        f"{ORDERS}::test_a_restart_is_in_the_configuration_until_it_is_confirmed",
        f"{ORDERS}::test_an_erased_tablet_leaves_and_its_address_with_it",
        f"{ORDERS}::test_a_new_password_is_nowhere_in_clear_but_in_the_configuration",
    )),
    48: ("flags grow old, and are one tablet's", (
        f"{ORDERS}::test_an_old_order_to_erase_is_forgotten",
        f"{VALUES}::test_flags_are_one_tablets_and_never_in_what_is_shared",
    )),
    49: ("numbers of people and positions are dropped", (
        f"{REPORTS}::test_numbers_of_people_and_places_reach_neither_the_store_nor_the_log",
    )),
    50: ("the serial number is pinned", (
        f"{JOINING}::test_another_serial_number_on_a_tablets_path_is_an_alarm",
    )),
    51: ("half an hour to install", (f"{CONFIGURATION}::test_a_tablet_is_ready_when_it_reports_all_its_apps",)),
    52: ("rules for warnings", (f"{REPORTS}::test_logs_are_asked_for_warnings_only_and_kept_once",)),
    53: ("log lines in any order, and twice", (
        f"{REPORTS}::test_logs_are_asked_for_warnings_only_and_kept_once",
        "android/test_bad_input.py::test_a_tablet_whose_clock_is_a_year_off_is_like_any_other",
    )),
    54: ("old and new number", (f"{MOVING}::test_old_and_new_number_are_the_tablet_on_its_own_path",)),
    55: ("addresses of other agents", (
        f"{REPORTS}::test_agents_of_other_makes_find_their_addresses",
        f"{ROUTES}::test_each_endpoint_answers_under_the_segment_in_the_agents_envelope",
    )),
    56: ("messages are checked before they are queued", (
        f"{ORDERS}::test_what_is_dangerous_or_wrong_is_refused_in_words",
        f"{ORDERS}::test_any_arguments_make_a_safe_message_or_none",
    )),
    57: ("a configuration is answered without compiling again", (
        f"{VALUES}::test_a_kits_tablets_are_answered_without_compiling_again",
        f"{CONFIGURATION}::test_all_tablets_of_a_kit_share_one_compiled_configuration",
    )),
}  # fmt: skip


@pytest.mark.parametrize("line", range(1, 58))
def test_each_line_has_a_test_that_can_be_found(line: int) -> None:
    _, tests = LINES[line]
    assert tests
    for one in tests:
        file, name = one.split("::")
        found = [
            node
            for node in ast.walk(ast.parse((TESTS / file).read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
        ]
        assert len(found) == 1, one
        assert any(isinstance(node, ast.Assert) for node in ast.walk(found[0])), one

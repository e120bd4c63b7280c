# shellcheck shell=bash
# billingd hangs, with two segments.

launch_as billing billingd 0x162e 65536 "sessions: 17"
stands_for 1177 "$launched"
stands_for 3316
mkdir -m 700 incident

section "Before you look"
section "What looking changes"
section "Look into it"
section "Copy it"
section "While a program writes to it"

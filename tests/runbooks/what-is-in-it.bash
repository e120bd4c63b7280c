# shellcheck shell=bash
# billingd hangs, with two segments.

launch_as billing billingd 0x162e 65536 "sessions: 17"
stands_for 1177 "$launched"
stands_for 3316

section "Save the evidence first"
section "What each command changes"
section "Look at the contents"
section "Copy the segment"
section "If a program writes to it"

"""What the mail room announces to itself, so that everything is sent in the background."""

# `{"mail_id"}`: staff want a mail tried again.
MAIL_WANTED = "mails.wanted"
# `{"kind", "locale", "to"}`: somebody wants to see a kind of mail in their own inbox.
TEST_WANTED = "mails.test_wanted"
# `{"variant_ids": [int, …]}`: these ran low since the last time.
STOCK_RAN_LOW = "mails.stock_ran_low"
# `{"date": "2026-01-31"}`: the day that staff are to be told about.
DIGEST_DUE = "mails.digest_due"

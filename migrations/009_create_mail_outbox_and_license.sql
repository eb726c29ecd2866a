-- Mail that has to go out, written in the transaction that makes it necessary and sent by a job; and what AWS License Manager last said,
-- shared by all tasks.
-- The version before this runs on the new schema: it knows neither table.

create table mail_outbox (
    -- Also the Message-ID's local part: a mail that is sent twice is recognised as one.
    id           text primary key,
    template     text not null,
    recipient    text not null,
    -- Subject and bodies, sealed, since they hold links that let people in. Gone once the mail is sent or given up.
    sealed       bytea,
    created_at   timestamptz not null,
    -- A link that no longer works is not worth sending.
    send_before  timestamptz not null,
    attempts     integer not null default 0,
    next_attempt timestamptz not null,
    -- What the server answered last; never a credential, never the mail's text.
    last_error   text not null default '',
    sent_at      timestamptz,
    given_up_at  timestamptz,
    constraint mail_outbox_ends_once check (sent_at is null or given_up_at is null),
    constraint mail_outbox_forgets check ((sealed is null) = (sent_at is not null or given_up_at is not null))
);
-- The newest first, and what is cleared away.
create index mail_outbox_created on mail_outbox (created_at);

create table license_state (
    -- One row at most.
    only_one          boolean primary key default true,
    -- Product and entitlements that it is about: another product starts anew.
    subject           text not null,
    customer          text not null default '',
    -- 0: any number.
    seats             integer not null default 0,
    expires_at        timestamptz,
    first_tried_at    timestamptz not null,
    valid_at          timestamptz,
    tried_at          timestamptz,
    next_check        timestamptz not null,
    -- Why the last check failed; empty after a good one.
    reason            text not null default '',
    consumption_token text not null default '',
    token_expires_at  timestamptz,
    constraint license_state_one check (only_one)
);

---- create above / drop below ----

drop table license_state;
drop table mail_outbox;

-- People and access: who may sign in, how, what they may see and do, and the record of what they did.
-- Additive: the version before runs on it and knows nothing of accounts.

create table users (
    id            bigint generated always as identity primary key,
    email         text not null,
    email_key     text not null generated always as (lower(email)) stored,
    name          text not null,
    -- argon2id in PHC form; empty: signs in by passkey or single sign-on alone.
    password_hash text not null default '',
    role          text not null,
    -- pending: registered by mail domain and not yet verified; disabled: may not sign in, history stays.
    status        text not null default 'active',
    -- The first person of all. One at most, whatever the code above does.
    founder       boolean not null default false,
    -- Raised whenever what was handed out before must no longer count (password, role, status).
    stamp         integer not null default 1,
    verified_at   timestamptz,
    last_seen_at  timestamptz,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    constraint users_email_key unique (email_key),
    constraint users_name_present check (name <> ''),
    constraint users_role_known check (role in ('admin', 'analyst', 'contributor', 'viewer')),
    constraint users_status_known check (status in ('active', 'pending', 'disabled'))
);
create unique index users_one_founder on users (founder) where founder;

create table sessions (
    id           uuid primary key default gen_random_uuid(),
    user_id      bigint not null,
    -- Counts renewals of the cookie; one that was replaced and comes back later was copied.
    generation   integer not null default 1,
    -- password, passkey, link, oidc; strong: with a second factor, or a passkey that verified the person.
    method       text not null,
    strong       boolean not null default false,
    address      text not null default '',
    agent        text not null default '',
    created_at   timestamptz not null default now(),
    -- When the person last proved who they are: dangerous actions ask again after a while.
    proved_at    timestamptz not null default now(),
    renewed_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    constraint sessions_user_fk foreign key (user_id) references users (id) on delete cascade
);
create index sessions_user on sessions (user_id, last_seen_at desc);
create index sessions_expiry on sessions (expires_at);

create table api_tokens (
    id           bigint generated always as identity primary key,
    user_id      bigint not null,
    name         text not null,
    -- SHA-256 of the whole token, which has 256 random bits; hint: its last characters, to tell tokens apart.
    hash         bytea not null,
    hint         text not null,
    scopes       text[] not null,
    -- Products that it is limited to; null: all that its owner has.
    product_ids  bigint[],
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    constraint api_tokens_user_fk foreign key (user_id) references users (id) on delete cascade,
    constraint api_tokens_hash unique (hash),
    constraint api_tokens_scopes_known check (scopes <@ array['upload', 'read', 'write'] and scopes <> '{}')
);
create index api_tokens_user on api_tokens (user_id, id desc);

create table teams (
    id          bigint generated always as identity primary key,
    name        text not null,
    name_key    text not null generated always as (lower(name)) stored,
    description text not null default '',
    created_at  timestamptz not null default now(),
    constraint teams_name_key unique (name_key),
    constraint teams_name_present check (name <> '')
);

create table team_members (
    team_id bigint not null,
    user_id bigint not null,
    constraint team_members_pkey primary key (team_id, user_id),
    constraint team_members_team_fk foreign key (team_id) references teams (id) on delete cascade,
    constraint team_members_user_fk foreign key (user_id) references users (id) on delete cascade
);
create index team_members_user on team_members (user_id, team_id);

-- Products that are not open to everyone who has an account, but to teams alone.
create table restricted_products (
    product_id bigint primary key,
    constraint restricted_products_product_fk foreign key (product_id) references products (id) on delete cascade
);

create table product_teams (
    product_id bigint not null,
    team_id    bigint not null,
    -- What members may do there; null: what they may do elsewhere.
    role       text,
    constraint product_teams_pkey primary key (product_id, team_id),
    constraint product_teams_product_fk foreign key (product_id) references products (id) on delete cascade,
    constraint product_teams_team_fk foreign key (team_id) references teams (id) on delete cascade,
    constraint product_teams_role_known check (role in ('analyst', 'contributor', 'viewer'))
);
create index product_teams_team on product_teams (team_id, product_id);

create table invitations (
    id          bigint generated always as identity primary key,
    -- Whom it is for; the account gets this address.
    email       text not null,
    role        text not null,
    team_ids    bigint[] not null default '{}',
    hash        bytea not null,
    invited_by  bigint,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    accepted_at timestamptz,
    accepted_by bigint,
    revoked_at  timestamptz,
    constraint invitations_hash unique (hash),
    constraint invitations_inviter_fk foreign key (invited_by) references users (id) on delete set null,
    constraint invitations_accepter_fk foreign key (accepted_by) references users (id) on delete set null,
    constraint invitations_role_known check (role in ('admin', 'analyst', 'contributor', 'viewer'))
);

-- Links by mail or from an operator, each good for one use: verify (address), reset (password), sign_in.
create table one_time_tokens (
    hash       bytea primary key,
    kind       text not null,
    user_id    bigint not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    constraint one_time_tokens_user_fk foreign key (user_id) references users (id) on delete cascade,
    constraint one_time_tokens_kind_known check (kind in ('verify', 'reset', 'sign_in'))
);
create index one_time_tokens_user on one_time_tokens (user_id, kind);
create index one_time_tokens_expiry on one_time_tokens (expires_at);

-- Failed attempts by a keyed hash of what they are counted for.
create table throttles (
    key      bytea primary key,
    failures integer not null default 0,
    last_at  timestamptz not null
);
create index throttles_age on throttles (last_at);

create table passkeys (
    id           bytea primary key,
    user_id      bigint not null,
    name         text not null,
    -- WebAuthn credential: public key, counters, flags.
    credential   jsonb not null,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    constraint passkeys_user_fk foreign key (user_id) references users (id) on delete cascade
);
create index passkeys_user on passkeys (user_id);

-- What the server must remember between the two halves of a sign-in: challenge, state, nonce, PKCE verifier (sealed).
create table ceremonies (
    id         uuid primary key default gen_random_uuid(),
    kind       text not null,
    user_id    bigint,
    data       bytea not null,
    expires_at timestamptz not null,
    constraint ceremonies_user_fk foreign key (user_id) references users (id) on delete cascade
);
create index ceremonies_expiry on ceremonies (expires_at);

create table totp_secrets (
    user_id      bigint primary key,
    secret       bytea not null, -- sealed
    confirmed_at timestamptz,
    -- Newest time step that was used (RFC 6238): a code counts once.
    last_step    bigint not null default 0,
    created_at   timestamptz not null default now(),
    constraint totp_secrets_user_fk foreign key (user_id) references users (id) on delete cascade
);

create table recovery_codes (
    user_id bigint not null,
    hash    bytea not null,
    used_at timestamptz,
    constraint recovery_codes_pkey primary key (user_id, hash),
    constraint recovery_codes_user_fk foreign key (user_id) references users (id) on delete cascade
);

-- Who a person is at a sign-on provider.
create table identities (
    issuer     text not null,
    subject    text not null,
    user_id    bigint not null,
    created_at timestamptz not null default now(),
    constraint identities_pkey primary key (issuer, subject),
    constraint identities_user_fk foreign key (user_id) references users (id) on delete cascade
);
create index identities_user on identities (user_id);

create table account_settings (
    -- One row.
    id                    boolean primary key default true check (id),
    -- Mail domains whose people may register by themselves, as viewers, once their address is verified.
    registration_domains  text[] not null default '{}',
    require_second_factor boolean not null default false,
    updated_at            timestamptz not null default now()
);
insert into account_settings default values;

create table audit_events (
    id           bigint generated always as identity primary key,
    at           timestamptz not null default now(),
    -- person, token (of a person), nobody (a request without caller), service (jobs and commands).
    actor_kind   text not null,
    -- No foreign key: the record outlives the person.
    actor_id     bigint,
    actor_name   text not null default '',
    token_id     bigint,
    action       text not null,
    subject_kind text not null,
    subject_id   text not null default '',
    subject_name text not null default '',
    product_id   bigint,
    before       jsonb,
    after        jsonb,
    address      text not null default '',
    agent        text not null default '',
    request_id   text not null default ''
);
create index audit_events_actor on audit_events (actor_id, id desc);
create index audit_events_action on audit_events (action, id desc);
create index audit_events_subject on audit_events (subject_kind, subject_id, id desc);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception 'audit events are never changed or removed';
end
$$;
create trigger audit_events_append_only before update or delete on audit_events
    for each row execute function refuse_audit_change();
create trigger audit_events_no_truncate before truncate on audit_events
    for each statement execute function refuse_audit_change();

---- create above / drop below ----

drop table audit_events;
drop function refuse_audit_change();
drop table account_settings, identities, recovery_codes, totp_secrets, ceremonies, passkeys, throttles, one_time_tokens,
    invitations, product_teams, restricted_products, team_members, teams, api_tokens, sessions, users;

-- Matches are derived and disposable (component x advisory, with the evidence); findings are derived from them
-- (release x component x vulnerability) but remember when they were first seen and went. Human decisions get tables of
-- their own later: human data and derived data never share one.
-- First release: no older code to survive.

create table matches (
    component_id    bigint not null,
    advisory_id     bigint not null,
    -- confirmed: a finding; possible: to check, with the reason, never counted.
    confidence      text not null,
    reason          text not null default '',
    -- What matched, why, and the comparison made: see matching.Evidence.
    evidence        jsonb not null,
    -- Smallest fixed version above the component's that this advisory names.
    fixed_version   text,
    matcher_version integer not null,
    matched_at      timestamptz not null default now(),
    constraint matches_pkey primary key (component_id, advisory_id),
    constraint matches_component_fk foreign key (component_id) references components (id) on delete cascade,
    constraint matches_advisory_fk foreign key (advisory_id) references advisories (id) on delete cascade,
    constraint matches_confidence_known check (confidence in ('confirmed', 'possible'))
);
create index matches_advisory on matches (advisory_id, component_id);

-- Smallest version of the component's package that ends this one vulnerability. Derived together with matches.
create table fixes (
    component_id     bigint not null,
    vulnerability_id bigint not null,
    version          text not null,
    constraint fixes_pkey primary key (component_id, vulnerability_id),
    constraint fixes_component_fk foreign key (component_id) references components (id) on delete cascade,
    constraint fixes_vulnerability_fk foreign key (vulnerability_id) references vulnerabilities (id) on delete cascade
);

create table findings (
    id               bigint generated always as identity primary key,
    product_id       bigint not null,
    release_id       bigint not null,
    component_id     bigint not null,
    vulnerability_id bigint not null,
    -- open, or resolved with the reason in resolution; the decisions issue adds states between.
    state            text not null default 'open',
    resolution       text not null default '',
    -- Copy of releases.active, so that a portfolio list needs no join to filter or sort.
    active           boolean not null default true,
    -- Sort keys, copied when the finding is derived: no portfolio list sorts by a join.
    -- score_key is the CVSS score times ten, or the label's band when there is no vector; -1 when unknown.
    severity         text not null default 'unknown',
    score_key        smallint not null default -1,
    -- 1 immediate, 2 out of cycle, 3 scheduled, 4 defer; 0: not yet decided.
    priority         smallint not null default 0,
    priority_inputs  jsonb not null default '{}',
    component_name   text not null,
    component_version text not null default '',
    ecosystem        text not null default '',
    vulnerability_name text not null,
    fixed_version    text,
    first_seen       timestamptz not null default now(),
    resolved_at      timestamptz,
    updated_at       timestamptz not null default now(),
    constraint findings_identity unique (release_id, component_id, vulnerability_id),
    constraint findings_product_fk foreign key (product_id) references products (id) on delete cascade,
    constraint findings_release_fk foreign key (release_id) references releases (id) on delete cascade,
    constraint findings_component_fk foreign key (component_id) references components (id),
    constraint findings_vulnerability_fk foreign key (vulnerability_id) references vulnerabilities (id),
    constraint findings_state_known check (state in ('open', 'resolved'))
);
-- One index a sort, for the portfolio's open findings; ids break ties so that keyset paging is exact.
create index findings_open_score on findings (score_key desc, id desc) where state = 'open' and active;
create index findings_open_priority on findings (priority, score_key desc, id desc) where state = 'open' and active;
create index findings_open_first_seen on findings (first_seen desc, id desc) where state = 'open' and active;
create index findings_open_component on findings (component_name, id) where state = 'open' and active;
create index findings_open_vulnerability on findings (vulnerability_name, id) where state = 'open' and active;
create index findings_product on findings (product_id, score_key desc, id desc);
create index findings_release on findings (release_id, score_key desc, id desc);
create index findings_component on findings (component_id);
create index findings_vulnerability on findings (vulnerability_id, id);

create table finding_events (
    id         bigint generated always as identity primary key,
    finding_id bigint not null,
    at         timestamptz not null default now(),
    -- opened, resolved, reopened, changed
    kind       text not null,
    -- For changed: {"field": {"from","to"}}; for resolved: {"reason"}.
    detail     jsonb not null default '{}',
    constraint finding_events_finding_fk foreign key (finding_id) references findings (id) on delete cascade
);
create index finding_events_finding on finding_events (finding_id, id);

---- create above / drop below ----

drop table finding_events, findings, fixes, matches;

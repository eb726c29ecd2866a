-- Intel: what the feeds say. Advisories are one feed's records; vulnerabilities are groups of advisories that mean
-- the same flaw; affected_packages is what the matcher looks up.
-- First release: no older code to survive.

create table vulnerabilities (
    id           bigint generated always as identity primary key,
    -- The CVE if the group has one, else its best-known advisory id.
    name         text not null,
    kind         text not null default 'vulnerability',
    summary      text not null default '',
    -- The chosen CVSS vector, the score computed from it, and who states it. Null score: no vector, the label decides.
    cvss_vector  text not null default '',
    cvss_score   numeric(3, 1),
    severity     text not null default 'unknown',
    severity_source text not null default '',
    published    timestamptz,
    modified     timestamptz,
    -- Set when every advisory of the group is withdrawn.
    withdrawn    timestamptz,
    constraint vulnerabilities_name unique (name),
    constraint vulnerabilities_kind_known check (kind in ('vulnerability', 'malware')),
    constraint vulnerabilities_severity_known check (severity in ('critical', 'high', 'medium', 'low', 'none', 'unknown'))
);

create table advisories (
    id             bigint generated always as identity primary key,
    feed           text not null,
    -- The record's own id (GHSA-..., CVE-..., DSA-...).
    advisory_id    text not null,
    -- Who wrote it, from the id's prefix or the feed: GHSA, PYSEC, DSA, ALPINE, NVD ...
    source         text not null,
    kind           text not null default 'vulnerability',
    published      timestamptz,
    modified       timestamptz,
    withdrawn      timestamptz,
    -- SHA-256 over the normalised record without its modified time.
    content_hash   bytea not null,
    summary        text not null default '',
    details        text not null default '',
    -- [{"type","score","source"}] vectors as given after relabelling by prefix; severity_label is the feed's own word.
    severities     jsonb not null default '[]',
    severity_label text not null default '',
    -- [{"type","url"}]
    reference_urls jsonb not null default '[]',
    cwes           text[] not null default '{}',
    -- What the record itself asserts about other ids.
    aliases        text[] not null default '{}',
    upstream       text[] not null default '{}',
    related        text[] not null default '{}',
    url            text not null default '',
    first_seen     timestamptz not null default now(),
    changed_at     timestamptz not null default now(),
    constraint advisories_feed_id unique (feed, advisory_id),
    constraint advisories_kind_known check (kind in ('vulnerability', 'malware'))
);
create index advisories_advisory_id on advisories (advisory_id);

-- Alias assertions, one row an (advisory, other id): they belong to the advisory and go with it. An advisory's own id
-- is a row too, so that a group is found by any of its ids through one index.
create table advisory_aliases (
    advisory_id bigint not null,
    alias       text not null,
    constraint advisory_aliases_pkey primary key (advisory_id, alias),
    constraint advisory_aliases_advisory_fk foreign key (advisory_id) references advisories (id) on delete cascade
);
create index advisory_aliases_alias on advisory_aliases (alias, advisory_id);

-- Which vulnerabilities an advisory speaks of: one, unless it names several CVEs; those it covers without merging them.
create table advisory_vulnerabilities (
    advisory_id      bigint not null,
    vulnerability_id bigint not null,
    constraint advisory_vulnerabilities_pkey primary key (advisory_id, vulnerability_id),
    constraint advisory_vulnerabilities_advisory_fk foreign key (advisory_id) references advisories (id) on delete cascade,
    constraint advisory_vulnerabilities_vulnerability_fk foreign key (vulnerability_id) references vulnerabilities (id) on delete cascade
);
create index advisory_vulnerabilities_vulnerability on advisory_vulnerabilities (vulnerability_id, advisory_id);

create table affected_packages (
    id                bigint generated always as identity primary key,
    advisory_id       bigint not null,
    -- Position in the record, for evidence ("affected[3]").
    ordinal           integer not null,
    -- OSV ecosystem, its release after the colon, and the name folded as the ecosystem folds it.
    ecosystem         text not null,
    ecosystem_release text not null default '',
    match_name        text not null,
    name              text not null,
    -- [{"type","events":[{"introduced"|"fixed"|"last_affected"|"limit": version}]}], GIT ranges left out.
    ranges            jsonb not null default '[]',
    versions          text[] not null default '{}',
    -- database_specific.last_known_affected_version_range and the like; {} when there is none.
    extra             jsonb not null default '{}',
    constraint affected_packages_advisory_fk foreign key (advisory_id) references advisories (id) on delete cascade
);
create index affected_packages_name on affected_packages (ecosystem, match_name);
create index affected_packages_advisory on affected_packages (advisory_id);

-- CPE applicability (NVD): the tree as given and, for look-up, every vendor and product it names as vulnerable.
create table affected_cpes (
    id            bigint generated always as identity primary key,
    advisory_id   bigint not null,
    ordinal       integer not null,
    configuration jsonb not null,
    constraint affected_cpes_advisory_fk foreign key (advisory_id) references advisories (id) on delete cascade
);
create index affected_cpes_advisory on affected_cpes (advisory_id);
create table affected_cpe_products (
    affected_cpe_id bigint not null,
    vendor          text not null,
    product         text not null,
    constraint affected_cpe_products_pkey primary key (vendor, product, affected_cpe_id),
    constraint affected_cpe_products_cpe_fk foreign key (affected_cpe_id) references affected_cpes (id) on delete cascade
);
create index affected_cpe_products_cpe on affected_cpe_products (affected_cpe_id);

-- CISA Known Exploited Vulnerabilities. Joined at read time by CVE.
create table kev (
    cve               text primary key,
    date_added        date not null,
    due_date          date,
    ransomware        boolean not null default false,
    name              text not null default '',
    required_action   text not null default '',
    notes             text not null default '',
    content_hash      bytea not null
);

-- FIRST EPSS, one day's scores. Joined at read time by CVE; a daily load changes no finding.
create table epss (
    cve        text primary key,
    score      real not null,
    percentile real not null
);
create index epss_score on epss (score desc, cve);

create table threat_reports (
    id           bigint generated always as identity primary key,
    feed         text not null,
    report_id    text not null,
    name         text not null,
    description  text not null default '',
    author       text not null default '',
    adversary    text not null default '',
    tlp          text not null default '',
    tags         text[] not null default '{}',
    malware_families text[] not null default '{}',
    attack_ids   text[] not null default '{}',
    industries   text[] not null default '{}',
    countries    text[] not null default '{}',
    reference_urls text[] not null default '{}',
    created      timestamptz,
    modified     timestamptz,
    content_hash bytea not null,
    constraint threat_reports_feed_id unique (feed, report_id)
);
create table report_vulnerabilities (
    report_id bigint not null,
    cve       text not null,
    constraint report_vulnerabilities_pkey primary key (report_id, cve),
    constraint report_vulnerabilities_report_fk foreign key (report_id) references threat_reports (id) on delete cascade
);
create index report_vulnerabilities_cve on report_vulnerabilities (cve);
create table indicators (
    id        bigint generated always as identity primary key,
    report_id bigint not null,
    type      text not null,
    value     text not null,
    role      text not null default '',
    expires   timestamptz,
    constraint indicators_report_fk foreign key (report_id) references threat_reports (id) on delete cascade
);
create index indicators_report on indicators (report_id);
create index indicators_value on indicators (md5(value));

-- Where a feed stands. The cursor moves only with committed data.
create table feed_cursors (
    feed       text primary key,
    cursor     jsonb not null default '{}',
    updated_at timestamptz not null default now()
);
create table feed_runs (
    id          bigint generated always as identity primary key,
    feed        text not null,
    -- poll or import
    trigger     text not null,
    started_at  timestamptz not null default now(),
    finished_at timestamptz,
    seen        bigint not null default 0,
    added       bigint not null default 0,
    changed     bigint not null default 0,
    withdrawn   bigint not null default 0,
    refused     bigint not null default 0,
    -- [{"path","message"}], bounded in number.
    faults      jsonb not null default '[]',
    error       text not null default ''
);
create index feed_runs_feed_newest on feed_runs (feed, id desc);

---- create above / drop below ----

drop table feed_runs, feed_cursors, indicators, report_vulnerabilities, threat_reports, epss, kev,
    affected_cpe_products, affected_cpes, affected_packages, advisory_vulnerabilities, advisory_aliases, advisories,
    vulnerabilities;

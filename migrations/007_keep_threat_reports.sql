-- Threat reports: kept in full where they touch what is held, else as headers for a while; what SBOMs name (hosts, URLs,
-- hashes) beside what attacks are known by; CISA's decision points; and what a record's source says of its state.
-- Nothing has written threat reports before; older code reads none of these.

alter table threat_reports
    -- full: every indicator is in indicators; header: only their fingerprints are in trace_keys.
    add column kept text not null default 'full',
    -- The feed could not hand over all indicators.
    add column partial boolean not null default false,
    -- Names a CVE that a component of ours matches, a technique of interest, or a trace that an SBOM names. Derived.
    add column touches boolean not null default false,
    -- What lists sort by: modified, else created, else when it came.
    add column stood_at timestamptz not null,
    -- {"IPv4": 12}: as the feed sent them, also of a header.
    add column indicator_counts jsonb not null default '{}',
    add column trace_keys bigint[] not null default '{}',
    add column first_seen timestamptz not null,
    -- Name, adversary, malware families and tags in lower case: what a search for a part of a word looks through.
    add column words text not null default '',
    -- When a feed last wrote it, and when a header was last asked for in full.
    add column touched_at timestamptz not null,
    add column asked_at timestamptz,
    add constraint threat_reports_kept_known check (kept in ('full', 'header'));
create index threat_reports_newest on threat_reports (stood_at desc, id desc);
create index threat_reports_touching on threat_reports (stood_at desc, id desc) where touches;
create index threat_reports_headers on threat_reports (stood_at) where kept = 'header';
create index threat_reports_adversary on threat_reports (lower(adversary), stood_at desc, id desc) where adversary <> '';
create index threat_reports_techniques on threat_reports using gin (attack_ids);
create index threat_reports_traces on threat_reports using gin (trace_keys) where kept = 'header';
create index threat_reports_words on threat_reports using gin (words gin_trgm_ops);

-- How the report comes to the vulnerability: it names the CVE, or it refers to a page that an advisory refers to as well.
-- cve is the vulnerability's name, which for the latter may be another id.
alter table report_vulnerabilities
    add column link text not null default 'named',
    add constraint report_vulnerabilities_link_known check (link in ('named', 'reference'));

alter table indicators
    add column active boolean not null default true,
    -- Fingerprint of the value in one spelling, see ident.Trace.
    add column key bigint not null;
drop index indicators_report, indicators_value;
create index indicators_report_type on indicators (report_id, type, id);
create index indicators_report_all on indicators (report_id, id);
create index indicators_key on indicators (key, report_id);

-- What documents say where components come from and what their files hash to: fingerprints of hashes, URLs and hosts.
create table component_traces (
    component_id bigint not null,
    key          bigint not null,
    kind         text not null,
    constraint component_traces_pkey primary key (component_id, key),
    constraint component_traces_component_fk foreign key (component_id) references components (id) on delete cascade,
    constraint component_traces_kind_known check (kind in ('hash', 'url', 'host', 'domain'))
);
create index component_traces_key on component_traces (key, component_id);

-- CISA's SSVC decision points (Vulnrichment). Joined at read time by CVE.
create table ssvc (
    cve              text primary key,
    exploitation     text not null,
    automatable      text not null default '',
    technical_impact text not null default '',
    decided          timestamptz,
    constraint ssvc_exploitation_known check (exploitation in ('', 'none', 'poc', 'active')),
    constraint ssvc_automatable_known check (automatable in ('', 'yes', 'no')),
    constraint ssvc_technical_impact_known check (technical_impact in ('', 'partial', 'total'))
);

-- The record's state in its source's own words (NVD vulnStatus) and the tags on it (NVD cveTags).
alter table advisories
    add column status text not null default '',
    add column tags text[] not null default '{}';

---- create above / drop below ----

alter table advisories drop column status, drop column tags;
drop table ssvc, component_traces;
drop index indicators_key, indicators_report_all, indicators_report_type;
alter table indicators drop column key, drop column active;
create index indicators_report on indicators (report_id);
create index indicators_value on indicators (md5(value));
alter table report_vulnerabilities drop column link;
alter table threat_reports drop column kept, drop column partial, drop column touches, drop column stood_at,
    drop column indicator_counts, drop column words, drop column trace_keys, drop column first_seen, drop column touched_at, drop column asked_at;

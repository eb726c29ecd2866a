-- Lists and searches of a portfolio with half a million findings: each filter and each sort has an index that leads to its page, and
-- what people search by name is found by any part of it.
-- Does the version before this still run on the new schema? Yes: only indexes are added.

-- Those by the day that a vulnerability became known to be exploited are read in that order.
create index kev_newest on kev (date_added desc, cve);
-- One severity, worst first.
create index findings_open_severity on findings (severity, score_key desc, id desc) where state = 'open' and active;
-- Counts, and what has few findings among many, without a look at the table.
create index findings_open_counts on findings (ecosystem, severity)
    include (product_id, vulnerability_name, component_name, fixed_version) where state = 'open' and active;
-- The same sorts where findings that are resolved, or of inactive releases, are asked for.
create index findings_any_score on findings (score_key desc, id desc);
create index findings_any_first_seen on findings (first_seen desc, id desc);
create index findings_any_component on findings (component_name, id);
create index findings_any_vulnerability on findings (vulnerability_name, id);

create index vulnerabilities_name_part on vulnerabilities using gin (lower(name) gin_trgm_ops);
create index advisory_aliases_prefix on advisory_aliases (lower(alias) text_pattern_ops);
create index products_name_part on products using gin (name_key gin_trgm_ops);
create index releases_version_prefix on releases (lower(version) text_pattern_ops);

---- create above / drop below ----

drop index kev_newest, findings_open_severity, findings_open_counts, findings_any_score, findings_any_first_seen, findings_any_component,
    findings_any_vulnerability, vulnerabilities_name_part, advisory_aliases_prefix, products_name_part, releases_version_prefix;

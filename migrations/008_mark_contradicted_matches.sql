-- What the matcher learnt: matches by CPE that the ecosystem's own advisory contradicts are kept as evidence; a modular RPM knows its
-- module and stream; a component of an ecosystem without any advisory says so.
-- Does the version before this still run on the new schema? Yes: it writes none of the new values, and what it reads of matches are
-- the confidences that it knows.
alter table matches drop constraint matches_confidence_known;
alter table matches add constraint matches_confidence_known check (confidence in ('confirmed', 'possible', 'contradicted'));

-- "nodejs:14": the module and stream that an RPM was built for; empty: none, or not stated.
alter table components add column module text not null default '';

-- Whether any advisory of an ecosystem, or of one release of it, is held.
create index affected_packages_release on affected_packages (ecosystem, ecosystem_release);
-- Components that wait for the first advisory of their ecosystem.
create index components_without_advisories on components (ecosystem) where not_covered = 'no_advisories';

-- CPEs count beside an ecosystem too now, as evidence. As in 005, a CPE 2.2 with percent signs in vendor or product is too rare to
-- be decoded here.
update components c set cpe_keys = k.keys
from (
    select c.id, array_agg(distinct regexp_replace(m.parts[1] || ':' || m.parts[2], '\\(.)', '\1', 'g')) as keys
    from components c
    cross join unnest(c.cpes) as u (cpe)
    cross join lateral (
        select coalesce(
            regexp_match(lower(u.cpe), '^cpe:2\.3:[aoh]:((?:\\.|[^:\\])+):((?:\\.|[^:\\])+)'),
            regexp_match(lower(u.cpe), '^cpe:/[aoh]:([^:%]+):([^:%]+)')) as parts
    ) m
    where c.ecosystem <> '' and m.parts[1] not in ('*', '-') and m.parts[2] not in ('*', '-')
    group by c.id
) k
where c.id = k.id;

---- create above / drop below ----

update components set cpe_keys = '{}' where ecosystem <> '';
drop index components_without_advisories, affected_packages_release;
alter table components drop column module;
delete from matches where confidence = 'contradicted';
alter table matches drop constraint matches_confidence_known;
alter table matches add constraint matches_confidence_known check (confidence in ('confirmed', 'possible'));

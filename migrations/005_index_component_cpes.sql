-- Vendor and product of a component's CPEs ("vendor:product"), filled at insert where no ecosystem claims the component:
-- what an NVD record leads to.
alter table components add column cpe_keys text[] not null default '{}';
-- Those stored before. A CPE 2.2 with percent signs in vendor or product is too rare to be decoded here.
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
    where c.ecosystem = '' and m.parts[1] not in ('*', '-') and m.parts[2] not in ('*', '-')
    group by c.id
) k
where c.id = k.id;
-- Without a list of pending entries, which each of thousands of look-ups would read anew.
create index components_cpe_keys on components using gin (cpe_keys) with (fastupdate = off) where cpe_keys <> '{}';
-- Those that wait for the first intel by CPE.
create index components_cpe_uncovered on components (id)
    where cpe_keys <> '{}' and not_covered in ('cpe_only', 'unknown_ecosystem', 'unreadable_purl');

---- create above / drop below ----

drop index components_cpe_keys, components_cpe_uncovered;
alter table components drop column cpe_keys;

-- Vendor and product of a component's CPEs ("vendor:product"), filled at insert where no ecosystem claims the component:
-- what an NVD record leads to. Components stored before have none and are found when their document comes again.
alter table components add column cpe_keys text[] not null default '{}';
create index components_cpe_keys on components using gin (cpe_keys) where cpe_keys <> '{}';
-- Those that wait for the first intel by CPE.
create index components_cpe_uncovered on components (id)
    where cpe_keys <> '{}' and not_covered in ('cpe_only', 'unknown_ecosystem', 'unreadable_purl');

---- create above / drop below ----

drop index components_cpe_keys, components_cpe_uncovered;
alter table components drop column cpe_keys;

-- Inventory: what a team ships (products, releases), the documents that describe it (sboms) and the package
-- identities they name (components, stored once for the whole portfolio; occurrences tie them to one document).
-- First migration: no older code to survive.

-- Trigrams serve the searches for a part of a name. A trusted extension: the database's owner may create it.
create extension if not exists pg_trgm;

create table products (
    id          bigint generated always as identity primary key,
    name        text not null,
    name_key    text not null generated always as (lower(name)) stored,
    description text not null default '',
    -- SSVC human impact (CERT/CC deployer tree): what a compromise of this product costs the company.
    criticality text not null default 'medium',
    -- SSVC system exposure.
    exposure    text not null default 'controlled',
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    constraint products_name_key unique (name_key),
    constraint products_name_present check (name <> ''),
    constraint products_criticality_known check (criticality in ('low', 'medium', 'high', 'very_high')),
    constraint products_exposure_known check (exposure in ('small', 'controlled', 'open'))
);

create table releases (
    id              bigint generated always as identity primary key,
    product_id      bigint not null,
    version         text not null,
    -- Inactive releases keep their findings but count in no figure.
    active          boolean not null default true,
    current_sbom_id bigint,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint releases_product_fk foreign key (product_id) references products (id) on delete cascade,
    constraint releases_product_version unique (product_id, version),
    constraint releases_version_present check (version <> '')
);
create index releases_product_newest on releases (product_id, id desc);

create table sboms (
    id            bigint generated always as identity primary key,
    release_id    bigint not null,
    -- As detected from the content: cyclonedx or spdx, the specification version, and the serialisation.
    format        text not null,
    spec_version  text not null,
    encoding      text not null,
    sha256        bytea not null,
    size_bytes    bigint not null,
    -- The bytes as they were sent, zstd-compressed; downloads give them back byte for byte.
    document      bytea not null,
    file_name     text not null default '',
    serial_number text not null default '',
    subject_name  text not null default '',
    subject_version text not null default '',
    tools         text[] not null default '{}',
    document_created_at timestamptz,
    -- stored: waiting for the matcher; matched: findings are up to date; failed: see status_message.
    status         text not null default 'stored',
    status_message text not null default '',
    -- Work done and to do while matching, in components.
    progress_done  integer not null default 0,
    progress_total integer not null default 0,
    component_count  integer not null default 0,
    occurrence_count integer not null default 0,
    edge_count       integer not null default 0,
    -- [{"path": JSON pointer or line, "code": ..., "message": ...}] from the reader, bounded in number.
    warnings      jsonb not null default '[]',
    warning_count integer not null default 0,
    uploaded_at   timestamptz not null default now(),
    matched_at    timestamptz,
    constraint sboms_release_fk foreign key (release_id) references releases (id) on delete cascade,
    constraint sboms_release_content unique (release_id, sha256),
    constraint sboms_format_known check (format in ('cyclonedx', 'spdx')),
    constraint sboms_status_known check (status in ('stored', 'matched', 'failed'))
);
create index sboms_release_newest on sboms (release_id, id desc);
alter table sboms alter column document set storage external;
alter table releases add constraint releases_current_sbom_fk
    foreign key (current_sbom_id) references sboms (id) on delete set null deferrable initially deferred;

create table components (
    id                bigint generated always as identity primary key,
    -- First 16 bytes of the SHA-256 over everything that identifies the package to the matcher (canonical purl, or
    -- type, group, name and version where there is none; CPEs; source package; distribution).
    identity          uuid not null,
    purl              text,
    type              text not null default 'library',
    -- As people read it: group/name joined the way the ecosystem writes it.
    name              text not null,
    version           text not null default '',
    -- What the matcher looks up: OSV ecosystem without and with its release, and the folded package name
    -- (the source package for distributions). Empty where the ecosystem is unknown.
    ecosystem         text not null default '',
    ecosystem_release text not null default '',
    match_name        text not null default '',
    match_version     text not null default '',
    cpes              text[] not null default '{}',
    -- Why nothing can be said of this component; empty when it is covered. See docs/matching.md for the codes.
    not_covered       text not null default '',
    -- Why a match could only be possible ("release unknown"); and whether an RPM came without its epoch.
    uncertain         text not null default '',
    epoch_missing     boolean not null default false,
    -- The matcher version that last evaluated it; 0: never.
    matcher_version   integer not null default 0,
    matched_at        timestamptz,
    -- Smallest version that no known advisory of the package reaches; null: none known or none needed.
    upgrade_version   text,
    created_at        timestamptz not null default now(),
    constraint components_identity unique (identity)
);
create index components_match_name on components (ecosystem, match_name) where ecosystem <> '';
create index components_name on components (lower(name), id);
create index components_name_part on components using gin (lower(name) gin_trgm_ops);
create index components_unmatched on components (id) where matcher_version = 0;

create table occurrences (
    sbom_id      bigint not null,
    -- Position in the document: stable, unique within it.
    ordinal      integer not null,
    component_id bigint not null,
    -- bom-ref (CycloneDX) or SPDXID (SPDX); not unique in broken documents.
    ref          text not null default '',
    parent_ordinal integer,
    scope        text not null default '',
    -- Distance from the root in the dependency graph: 1 is direct; null: not connected or no graph.
    depth        integer,
    licenses     text[] not null default '{}',
    constraint occurrences_pkey primary key (sbom_id, ordinal),
    constraint occurrences_sbom_fk foreign key (sbom_id) references sboms (id) on delete cascade,
    constraint occurrences_component_fk foreign key (component_id) references components (id)
);
create index occurrences_component on occurrences (component_id, sbom_id);

create table dependencies (
    sbom_id      bigint not null,
    from_ordinal integer not null,
    to_ordinal   integer not null,
    constraint dependencies_pkey primary key (sbom_id, from_ordinal, to_ordinal),
    constraint dependencies_sbom_fk foreign key (sbom_id) references sboms (id) on delete cascade
);

---- create above / drop below ----

drop table dependencies, occurrences, components;
alter table releases drop constraint releases_current_sbom_fk;
drop table sboms, releases, products;

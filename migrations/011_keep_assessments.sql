-- People's decisions about findings. They are rows of their own: a decision is made on what a vulnerability was called, on a
-- package and in a place, so that it outlives every finding, document and grouping that it was made on. See decision 0040.
-- Older versions know neither the state settled nor these tables: one that runs beside this version opens what it refreshes,
-- and this version settles it again.

create table assessments (
    id            bigint generated always as identity primary key,
    -- Which vulnerability: the CVE, or the best-known id where there was none, and the records that spoke of it then.
    vulnerability text not null,
    advisories    text[] not null default '{}',
    -- Of what: a package as its ecosystem and people name it; a null version is every version.
    ecosystem     text not null default '',
    package       text not null,
    version       text,
    -- Where: one release, else one product, else everywhere but in these products.
    release_id    bigint,
    product_id    bigint,
    except_products bigint[] not null default '{}',
    -- OpenVEX status; justification of OpenVEX or CycloneDX; response of CycloneDX; action statement of OpenVEX.
    status        text not null,
    justification text not null default '',
    response      text not null default '',
    action        text not null default '',
    note          text not null default '',
    -- Fingerprints of what the records said of the package, and the severity, when it was decided.
    basis         text[] not null default '{}',
    basis_severity text not null default 'unknown',
    -- Who: no foreign key, the decision outlives the person.
    author_id     bigint,
    author_name   text not null default '',
    created_at    timestamptz not null default now(),
    expires_at    timestamptz,
    constraint assessments_product_fk foreign key (product_id) references products (id) on delete cascade,
    constraint assessments_release_fk foreign key (release_id) references releases (id) on delete cascade,
    constraint assessments_place check (release_id is null or product_id is not null),
    constraint assessments_status_known check (status in ('under_investigation', 'affected', 'fixed', 'not_affected')),
    constraint assessments_justified check (status = 'not_affected' or justification = '')
);
create index assessments_vulnerability on assessments (vulnerability, package, ecosystem);
create index assessments_package on assessments (package, ecosystem);
create index assessments_product on assessments (product_id) where product_id is not null;
create index assessments_release on assessments (release_id) where release_id is not null;
create index assessments_expiry on assessments (expires_at) where expires_at is not null;

-- What ended an assessment: a newer one, or a person who withdrew it. Expiry needs no row.
create table assessment_ends (
    assessment_id bigint primary key,
    -- superseded, withdrawn
    reason        text not null,
    superseded_by bigint,
    note          text not null default '',
    author_id     bigint,
    author_name   text not null default '',
    ended_at      timestamptz not null default now(),
    constraint assessment_ends_assessment_fk foreign key (assessment_id) references assessments (id) on delete cascade,
    constraint assessment_ends_by_fk foreign key (superseded_by) references assessments (id) on delete cascade,
    constraint assessment_ends_reason_known check (reason in ('superseded', 'withdrawn'))
);
create index assessment_ends_by on assessment_ends (superseded_by) where superseded_by is not null;

create function refuse_assessment_change() returns trigger language plpgsql as $$
begin
    raise exception 'assessments are never altered: a change is a new one';
end
$$;
create trigger assessments_append_only before update on assessments for each row execute function refuse_assessment_change();
create trigger assessment_ends_append_only before update on assessment_ends for each row execute function refuse_assessment_change();

-- What follows from assessments, copied to findings like their sort keys: the one that holds, its status, and why it is to be
-- reviewed. settled: not affected or fixed, and nothing to review; no list and no figure of open findings has it.
alter table findings
    add column assessment_id bigint,
    add column vex text not null default '',
    add column review text[] not null default '{}',
    drop constraint findings_state_known,
    add constraint findings_state_known check (state in ('open', 'settled', 'resolved'));
create index findings_assessment on findings (assessment_id) where assessment_id is not null;
create index findings_settled_score on findings (score_key desc, id desc) where state = 'settled' and active;
create index findings_review on findings (score_key desc, id desc) where review <> '{}' and active;

---- create above / drop below ----

drop index findings_review, findings_settled_score, findings_assessment;
update findings set state = 'open' where state = 'settled';
alter table findings
    drop constraint findings_state_known,
    add constraint findings_state_known check (state in ('open', 'resolved')),
    drop column review, drop column vex, drop column assessment_id;
drop table assessment_ends, assessments;
drop function refuse_assessment_change();

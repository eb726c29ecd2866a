package finding

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Changed counts what a refresh did.
type Changed struct {
	Opened, Reopened, Updated, Resolved int
	// Assessed says that assessments came to apply, or no longer do.
	Assessed bool
}

// Any reports whether anything was written.
func (c Changed) Any() bool { return c != Changed{} }

// Add adds what another refresh did.
func (c *Changed) Add(o Changed) {
	c.Opened += o.Opened
	c.Reopened += o.Reopened
	c.Updated += o.Updated
	c.Resolved += o.Resolved
	c.Assessed = c.Assessed || o.Assessed
}

// Refresh derives the findings of these releases from the confirmed matches of their current SBOMs: new ones are opened, gone
// ones resolved with the reason, returned ones reopened, copies of sort keys brought in line. Rows that would not change
// are not written. It locks the releases in id order, so that two refreshes of one release come one after the other.
func (s *Store) Refresh(ctx context.Context, tx pgx.Tx, releaseIDs []int64) (Changed, error) {
	args := pgx.NamedArgs{"releases": releaseIDs}
	_, err := tx.Exec(ctx, `select from releases where id = any(@releases) order by id for no key update`, args)
	if err != nil {
		return Changed{}, fmt.Errorf("lock releases: %w", err)
	}
	if err := shareAssessments(ctx, tx); err != nil {
		return Changed{}, err
	}
	_, err = tx.Exec(ctx, `
		update findings f set active = r.active
		from releases r
		where r.id = f.release_id and r.id = any(@releases) and f.active <> r.active`, args)
	if err != nil {
		return Changed{}, fmt.Errorf("copy whether releases are active: %w", err)
	}
	return s.derive(ctx, tx, "", args)
}

// RefreshComponents derives the findings of these components alone, in every release whose current SBOM has one, and says
// which releases these are. The caller holds the components' locks. Releases are locked so that refreshes of other
// components may run beside this one, but no upload and no Refresh.
func (s *Store) RefreshComponents(ctx context.Context, tx pgx.Tx, componentIDs []int64) (Changed, []int64, error) {
	args := pgx.NamedArgs{"components": componentIDs}
	rows, err := tx.Query(ctx, `
		select id from releases
		where id in (
			select r.id from occurrences o join releases r on r.current_sbom_id = o.sbom_id
			where o.component_id = any(@components)
		)
		order by id for share`, args)
	if err != nil {
		return Changed{}, nil, fmt.Errorf("lock releases: %w", err)
	}
	releases, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return Changed{}, nil, fmt.Errorf("lock releases: %w", err)
	}
	if len(releases) == 0 {
		return Changed{}, nil, nil
	}
	if err := shareAssessments(ctx, tx); err != nil {
		return Changed{}, nil, err
	}
	args["releases"] = releases
	c, err := s.derive(ctx, tx, " and component_id = any(@components)", args)
	return c, releases, err
}

// derive runs the one statement, then applies assessments to what came of it. narrow restricts both to some components: where it
// stands, component_id is that of an occurrence or of a finding.
func (s *Store) derive(ctx context.Context, tx pgx.Tx, narrow string, args pgx.NamedArgs) (Changed, error) {
	var c Changed
	err := tx.QueryRow(ctx, `
		with present as (
			select distinct r.id as release_id, r.product_id, r.active, o.component_id
			from releases r join occurrences o on o.sbom_id = r.current_sbom_id
			where r.id = any(@releases)`+narrow+`
		), want as (
			select distinct on (p.release_id, p.component_id, v.id)
			       p.product_id, p.release_id, p.active, p.component_id, v.id as vulnerability_id,
			       v.severity, v.name as vulnerability_name, c.name as component_name, c.version as component_version,
			       c.ecosystem, f.version as fixed_version,
			       coalesce((v.cvss_score * 10)::smallint, case v.severity
			           when 'critical' then 95 when 'high' then 80 when 'medium' then 55 when 'low' then 20
			           when 'none' then 0 else -1 end)::smallint as score_key
			from present p
			join matches m on m.component_id = p.component_id and m.confidence = 'confirmed'
			join advisory_vulnerabilities av on av.advisory_id = m.advisory_id
			join vulnerabilities v on v.id = av.vulnerability_id and v.withdrawn is null
			join components c on c.id = p.component_id
			left join fixes f on f.component_id = p.component_id and f.vulnerability_id = v.id
		), held as (
			select * from findings where release_id = any(@releases)`+narrow+`
		), opened as (
			insert into findings (product_id, release_id, component_id, vulnerability_id, active, severity, score_key,
			                      component_name, component_version, ecosystem, vulnerability_name, fixed_version)
			select w.product_id, w.release_id, w.component_id, w.vulnerability_id, w.active, w.severity, w.score_key,
			       w.component_name, w.component_version, w.ecosystem, w.vulnerability_name, w.fixed_version
			from want w
			where not exists (select from held h where (h.release_id, h.component_id, h.vulnerability_id)
			                                         = (w.release_id, w.component_id, w.vulnerability_id))
			returning id
		), altered as (
			update findings f
			set state = case h.state when 'settled' then 'settled' else 'open' end, resolution = '', resolved_at = null, severity = w.severity,
			    score_key = w.score_key, component_name = w.component_name, component_version = w.component_version,
			    ecosystem = w.ecosystem, vulnerability_name = w.vulnerability_name, fixed_version = w.fixed_version,
			    updated_at = now()
			from want w join held h on (h.release_id, h.component_id, h.vulnerability_id)
			                         = (w.release_id, w.component_id, w.vulnerability_id)
			where f.id = h.id
			  and (nullif(h.state, 'settled'), h.severity, h.score_key, h.component_name, h.component_version, h.ecosystem,
			       h.vulnerability_name, h.fixed_version)
			      is distinct from
			      (case when h.state <> 'settled' then 'open' end, w.severity, w.score_key, w.component_name, w.component_version, w.ecosystem,
			       w.vulnerability_name, w.fixed_version)
			returning f.id, h.state as was, h.severity as old_severity, f.severity as new_severity, h.score_key as old_score,
			          f.score_key as new_score, h.fixed_version as old_fixed, f.fixed_version as new_fixed
		), gone as (
			update findings f
			set state = 'resolved', resolved_at = now(), updated_at = now(),
			    resolution = case
			        when not exists (select from present p where p.release_id = f.release_id and p.component_id = f.component_id)
			            then 'component_gone'
			        when exists (select from vulnerabilities v where v.id = f.vulnerability_id and v.withdrawn is not null)
			            then 'withdrawn'
			        else 'no_longer_matches' end
			where f.release_id = any(@releases)`+narrow+` and f.state <> 'resolved'
			  and not exists (select from want w where (w.release_id, w.component_id, w.vulnerability_id)
			                                         = (f.release_id, f.component_id, f.vulnerability_id))
			returning f.id, f.resolution
		), events as (
			insert into finding_events (finding_id, kind, detail)
			select id, 'opened', '{}'::jsonb from opened
			union all
			select id, 'reopened', '{}' from altered where was = 'resolved'
			union all
			select id, 'changed', jsonb_strip_nulls(jsonb_build_object(
			           'severity', case when old_severity <> new_severity
			               then jsonb_build_object('from', old_severity, 'to', new_severity) end,
			           'score', case when old_score <> new_score
			               then jsonb_build_object('from', round(nullif(old_score, -1) / 10.0, 1), 'to', round(nullif(new_score, -1) / 10.0, 1)) end,
			           'fixed_version', case when old_fixed is distinct from new_fixed
			               then jsonb_build_object('from', coalesce(old_fixed, ''), 'to', coalesce(new_fixed, '')) end))
			from altered
			where was <> 'resolved' and (old_severity <> new_severity or old_score <> new_score or old_fixed is distinct from new_fixed)
			union all
			select id, 'resolved', jsonb_build_object('reason', resolution) from gone
			returning 1
		)
		select (select count(*) from opened), (select count(*) from altered where was = 'resolved'),
		       (select count(*) from altered where was <> 'resolved'), (select count(*) from gone)`, args).Scan(&c.Opened, &c.Reopened, &c.Updated, &c.Resolved)
	if err != nil {
		return Changed{}, fmt.Errorf("derive findings: %w", err)
	}
	assessed, err := s.decide(ctx, tx, "f.release_id = any(@releases)"+narrow, args)
	if err != nil {
		return Changed{}, err
	}
	c.Assessed = len(assessed) > 0
	return c, nil
}

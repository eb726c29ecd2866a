package finding

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/live"
)

// What keeps an assessment that is being made and findings that are being derived from missing each other: derivations run
// beside one another and hold this lock together; whoever makes, withdraws or ends assessments holds it alone.
const assessmentLock = 0x74770001

func shareAssessments(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock_shared($1)`, int64(assessmentLock)); err != nil {
		return fmt.Errorf("wait for assessments: %w", err)
	}
	return nil
}

func lockAssessments(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, int64(assessmentLock)); err != nil {
		return fmt.Errorf("wait for findings that are being derived: %w", err)
	}
	return nil
}

// standing is true of an assessment a that nobody ended and that has not expired. Its argument is @now.
const standing = `(a.expires_at is null or a.expires_at > @now)
	and not exists (select from assessment_ends x where x.assessment_id = a.id)`

// within is true where the finding f lies in the scope of assessment a, leaving the vulnerability aside.
const within = `a.package = f.component_name and a.ecosystem = f.ecosystem
	and (a.version is null or a.version = f.component_version)
	and (a.release_id = f.release_id or a.release_id is null
	     and (a.product_id = f.product_id or a.product_id is null and f.product_id <> all(a.except_products)))`

// ofVulnerability is true where assessment a was made on what is now vulnerability v: by name; where it had no CVE then, on a
// record, or an id of one, that is of v's group today.
const ofVulnerability = `(a.vulnerability = v.name or a.vulnerability !~ '^CVE-' and exists (
	select from advisory_aliases al join advisory_vulnerabilities av on av.advisory_id = al.advisory_id
	where al.alias = a.vulnerability and av.vulnerability_id = v.id))`

// fingerprints are of what the records of vulnerability v say: of each entry ap of a package, and each configuration ac.
const (
	packagePrint       = `md5(case when ap.ranges <> '[]' then ap.ranges::text else ap.versions::text end)`
	configurationPrint = `md5(ac.configuration::text)`
)

// decide copies to findings what follows from assessments, writes what changed into their history, and returns where
// something did. narrow is a condition on findings f. See decision 0040 for the rules:
//
// The most specific assessment holds: of a release before a product before everywhere, of one version before every version,
// the newest before older ones. Where assessments were made on different vulnerabilities that are one now, the most urgent of those
// holds. It is to be reviewed when what matched is none of the entries it was decided on, when severity rose, or when all
// records had been withdrawn in between and came back.
func (s *Store) decide(ctx context.Context, tx pgx.Tx, narrow string, args pgx.NamedArgs) ([]live.Place, error) {
	args["now"] = s.now()
	rows, err := tx.Query(ctx, `
		with held as materialized (
			select f.id, f.product_id, f.release_id, f.component_id, f.vulnerability_id, f.ecosystem, f.component_name,
			       f.component_version, f.severity, f.state, f.assessment_id, f.vex, f.review
			from findings f where `+narrow+`
		), named as materialized (
			select v.id as vulnerability_id, v.name as id
			from vulnerabilities v where v.id in (select vulnerability_id from held)
			union
			select av.vulnerability_id, al.alias
			from advisory_aliases al join advisory_vulnerabilities av on av.advisory_id = al.advisory_id
			where al.alias in (select vulnerability from assessments where vulnerability !~ '^CVE-')
			  and av.vulnerability_id in (select vulnerability_id from held)
		), applying as (
			select f.id as finding_id, a.id, a.vulnerability, a.status, a.basis, a.basis_severity, a.created_at,
			       case when a.release_id is not null then 4 when a.product_id is not null then 2 else 0 end
			       + case when a.version is not null then 1 else 0 end as specific,
			       array_position(array['affected', 'under_investigation', 'fixed', 'not_affected'], a.status) as urgency
			from held f
			join named n on n.vulnerability_id = f.vulnerability_id
			join assessments a on a.vulnerability = n.id and `+within+`
			where `+standing+`
		), chosen as (
			select distinct on (finding_id) * from (
				select distinct on (finding_id, vulnerability) * from applying
				order by finding_id, vulnerability, specific desc, id desc
			) each_vulnerability
			order by finding_id, urgency, specific desc, id desc
		), judged as (
			select f.*, c.id as new_id, coalesce(c.status, '') as new_vex,
			       array_remove(array[
			           case when exists (
			               select from matches m
			               join advisory_vulnerabilities av on av.advisory_id = m.advisory_id and av.vulnerability_id = f.vulnerability_id
			               left join affected_packages ap on ap.advisory_id = m.advisory_id
			                   and ap.ordinal = substring(m.evidence ->> 'place' from '^affected\[(\d+)\]')::integer
			               left join affected_cpes ac on ac.advisory_id = m.advisory_id
			                   and ac.ordinal = substring(m.evidence ->> 'place' from '^configurations\[(\d+)\]')::integer
			               where m.component_id = f.component_id and m.confidence = 'confirmed'
			                 and coalesce(case when ap.id is not null then `+packagePrint+` else `+configurationPrint+` end, '') <> all(c.basis || ''::text)
			           ) then 'range' end,
			           case when array_position(array['unknown', 'none', 'low', 'medium', 'high', 'critical'], f.severity)
			                   > array_position(array['unknown', 'none', 'low', 'medium', 'high', 'critical'], c.basis_severity) then 'severity' end,
			           case when exists (select from finding_events e where e.finding_id = f.id and e.kind = 'resolved'
			                             and e.detail ->> 'reason' = 'withdrawn' and e.at > c.created_at) then 'reinstated' end
			       ], null) as new_review
			from held f left join chosen c on c.finding_id = f.id
		), wanted as (
			select j.*, case when c.id is null or j.state = 'resolved' then '{}' else new_review end as why,
			       case when j.state = 'resolved' then 'resolved'
			            when new_vex in ('fixed', 'not_affected') and new_review = '{}' then 'settled' else 'open' end as new_state
			from judged j left join chosen c on c.finding_id = j.id
		), moved as (
			update findings f
			set assessment_id = w.new_id, vex = w.new_vex, review = w.why, state = w.new_state, updated_at = now()
			from wanted w
			where f.id = w.id and (f.assessment_id, f.vex, f.review, f.state) is distinct from (w.new_id, w.new_vex, w.why, w.new_state)
			returning f.id, f.product_id, f.release_id, w.assessment_id as old_id, w.vex as old_vex, w.review as old_review, w.new_id, w.new_vex, w.why
		), events as (
			insert into finding_events (finding_id, kind, detail)
			select m.id, 'assessed', jsonb_build_object('assessment', a.id, 'status', jsonb_build_object('from', m.old_vex, 'to', m.new_vex),
			                                            'by', a.author_name)
			from moved m join assessments a on a.id = m.new_id where m.old_id is distinct from m.new_id
			union all
			select m.id, 'assessment_ended', jsonb_build_object('assessment', m.old_id, 'status', jsonb_build_object('from', m.old_vex, 'to', ''),
			           'reason', coalesce((select x.reason from assessment_ends x where x.assessment_id = m.old_id),
			               case when exists (select from assessments a where a.id = m.old_id and a.expires_at <= @now) then 'expired' else 'no_longer_applies' end))
			from moved m where m.new_id is null and m.old_id is not null
			union all
			select m.id, 'review', jsonb_build_object('assessment', m.new_id, 'reasons', to_jsonb(m.why))
			from moved m where m.why <> '{}' and m.why <> m.old_review
		)
		select distinct product_id, release_id from moved order by 2`, args)
	if err != nil {
		return nil, fmt.Errorf("apply assessments: %w", err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowToStructByPos[live.Place])
	if err != nil {
		return nil, fmt.Errorf("apply assessments: %w", err)
	}
	return places, s.noteLeavers(ctx, tx, narrow, args)
}

// noteLeavers notes on findings what was assessed elsewhere: a record was of the group that a person assessed, has left it, and
// is now what leads here. The decision stays with the group that keeps the name.
func (s *Store) noteLeavers(ctx context.Context, tx pgx.Tx, narrow string, args pgx.NamedArgs) error {
	_, err := tx.Exec(ctx, `
		insert into finding_events (finding_id, kind, detail)
		select distinct on (f.id, a.vulnerability) f.id, 'left_group', jsonb_build_object('was', a.vulnerability, 'advisory', r.advisory_id,
		       'assessment', a.id, 'status', a.status, 'by', a.author_name, 'assessed_at', a.created_at)
		from (select * from findings f where `+narrow+`) f
		join vulnerabilities v on v.id = f.vulnerability_id
		join assessments a on `+within+`
		join advisory_vulnerabilities l on l.vulnerability_id = f.vulnerability_id
		join advisories r on r.id = l.advisory_id and r.advisory_id = any(a.advisories)
		join matches m on m.advisory_id = r.id and m.component_id = f.component_id and m.confidence = 'confirmed'
		where f.state <> 'resolved' and `+standing+` and not `+ofVulnerability+`
		  and not exists (
		      select from advisory_vulnerabilities still join vulnerabilities w on w.id = still.vulnerability_id
		      where still.advisory_id = r.id and w.name = a.vulnerability)
		  and not exists (
		      select from finding_events e where e.finding_id = f.id and e.kind = 'left_group' and e.detail ->> 'was' = a.vulnerability)
		order by f.id, a.vulnerability, a.id desc`, args)
	if err != nil {
		return fmt.Errorf("note what was assessed elsewhere: %w", err)
	}
	return nil
}

// SweepAssessments takes back what expired assessments did, and settles what an older version of the service opened. It returns
// where findings changed.
func (s *Store) SweepAssessments(ctx context.Context, tx pgx.Tx) ([]live.Place, error) {
	if err := lockAssessments(ctx, tx); err != nil {
		return nil, err
	}
	return s.decide(ctx, tx, `f.id in (
		select x.id from assessments a join findings x on x.assessment_id = a.id where a.expires_at <= @now
		union all
		select x.id from findings x where x.state = 'open' and x.vex in ('fixed', 'not_affected') and x.review = '{}')`, pgx.NamedArgs{})
}

// WithClock makes the store tell time by a clock: assessments expire by it.
func (s *Store) WithClock(now func() time.Time) *Store {
	s.now = now
	return s
}

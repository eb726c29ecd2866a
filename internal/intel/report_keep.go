package intel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// What a threat report touches changes with our side as well: a release brings a component that a known CVE reaches, or
// a host that an old report names. RefreshTouches finds that anew, as a set, and WantedReports then says which headers a
// feed should fetch in full: their indicators were not kept, but their fingerprints were.

// RefreshTouches brings up to date which reports touch what is held, and which vulnerabilities they lead to by a common
// reference. It writes only what differs and returns how many reports began or ceased to touch. To be called after each
// poll of a report feed and now and then in between: lists of reports show its answer.
func (s *Store) RefreshTouches(ctx context.Context, rules ReportRules) (int64, error) {
	var changed int64
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", reportLock); err != nil {
			return fmt.Errorf("wait for other writers of reports: %w", err)
		}
		// The planner cannot know how short these lists are, and would spend seconds on compiling for millions of rows.
		if _, err := tx.Exec(ctx, "set local jit = off"); err != nil {
			return fmt.Errorf("refresh without compiling: %w", err)
		}
		if err := linkReferences(ctx, tx); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			with touching as materialized (
				select n.report_id
				from report_vulnerabilities n
				where exists (
					select from vulnerabilities v
					join advisory_vulnerabilities l on l.vulnerability_id = v.id
					join matches m on m.advisory_id = l.advisory_id
					where v.name = n.cve
				)
				union
				select i.report_id
				from indicators i
				where exists (select from component_traces t where t.key = i.key)
				union
				select r.id
				from threat_reports r cross join unnest(r.trace_keys) as k (key)
				where r.kept = 'header' and exists (select from component_traces t where t.key = k.key)
				union
				select r.id
				from threat_reports r cross join unnest(r.attack_ids) as a (id)
				where a.id = any(@techniques) or split_part(a.id, '.', 1) = any(@techniques)
			)
			update threat_reports r
			set touches = n.touches
			from (
				select o.id, t.report_id is not null as touches
				from threat_reports o left join touching t on t.report_id = o.id
			) n
			where n.id = r.id and n.touches <> r.touches`,
			pgx.NamedArgs{"techniques": rules.techniques()})
		if err != nil {
			return fmt.Errorf("find what reports touch: %w", err)
		}
		changed = tag.RowsAffected()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("refresh what threat reports touch: %w", pg.Problem(err))
	}
	return changed, nil
}

// maxSharedReference is how many vulnerabilities a page may be referred to by and still say something about each: front
// pages and catalogues are referred to by thousands.
const maxSharedReference = 20

// linkReferences ties reports to vulnerabilities by the pages that both refer to, where a component of ours matches the
// vulnerability, and by advisories of GitHub that a report refers to. A CVE that the report itself names stays so.
func linkReferences(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		with referred as materialized (
			select r.id as report_id, rtrim(lower(u.url), '/') as url,
				substring(u.url from 'GHSA-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}') as ghsa
			from threat_reports r cross join unnest(r.reference_urls) as u (url)
			-- the front page of a site is about nothing in particular
			where u.url ~* '^https?://[^/]+/.+'
		), held as materialized (
			select a.id, a.url, a.reference_urls
			from advisories a
			where exists (select from referred) and a.id in (select advisory_id from matches)
		), pages as (
			select h.id, rtrim(lower(x.url), '/') as url
			from held h
			cross join lateral (select h.url union select e ->> 'url' from jsonb_array_elements(h.reference_urls) as e) as x (url)
		), common as (
			select distinct r.report_id, r.url, v.name
			from referred r
			join pages p on p.url = r.url
			join advisory_vulnerabilities l on l.advisory_id = p.id
			join vulnerabilities v on v.id = l.vulnerability_id
		), telling as (
			select url from common group by url having count(distinct name) <= @most
		), wanted as materialized (
			select c.report_id, c.name
			from common c join telling t on t.url = c.url
			union
			select r.report_id, v.name
			from referred r
			join advisory_aliases x on x.alias = r.ghsa
			join advisory_vulnerabilities l on l.advisory_id = x.advisory_id
			join vulnerabilities v on v.id = l.vulnerability_id
		), gone as (
			delete from report_vulnerabilities n
			where n.link = 'reference'
				and not exists (select from wanted w where w.report_id = n.report_id and w.name = n.cve)
		)
		insert into report_vulnerabilities (report_id, cve, link)
		select report_id, name, 'reference' from wanted
		on conflict (report_id, cve) do nothing`, pgx.NamedArgs{"most": maxSharedReference})
	if err != nil {
		return fmt.Errorf("link reports by their references: %w", err)
	}
	return nil
}

// askAgain is how long a header that was asked for in full is not asked for again.
const askAgain = 24 * time.Hour

// WantedReports are ids of reports that are held as headers and touch what is held by now, those never asked for first: the
// feed should fetch them in full and hand them to WriteReports. They count as asked for from now on and come back after a day
// if they still are headers. Call RefreshTouches before.
func (s *Store) WantedReports(ctx context.Context, feed string, limit int, now time.Time) ([]string, error) {
	rows, err := s.db.Query(ctx, `
		with wanted as (
			select id
			from threat_reports
			where feed = @feed and kept = 'header' and touches and (asked_at is null or asked_at < @before)
			order by asked_at nulls first, stood_at desc, id
			limit @limit
			for update skip locked
		)
		update threat_reports r set asked_at = @now
		from wanted w
		where r.id = w.id
		returning r.report_id`,
		pgx.NamedArgs{"feed": feed, "limit": limit, "now": now, "before": now.Add(-askAgain)})
	if err != nil {
		return nil, fmt.Errorf("find reports to fetch in full: %w", pg.Problem(err))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find reports to fetch in full: %w", pg.Problem(err))
	}
	return ids, nil
}

// TrimmedReports counts what a trim did.
type TrimmedReports struct {
	Reduced int64 // to headers: they touch nothing any more
	Dropped int64 // headers older than they are kept
}

// trimBatch is how many reports one transaction of a trim takes on.
const trimBatch = 500

// TrimReports keeps the reports bounded: those in full that touch nothing any more become headers, headers older than the
// rules keep them go. It works in transactions of a few hundred reports each and may be cut off at any moment.
func (s *Store) TrimReports(ctx context.Context, rules ReportRules, now time.Time) (TrimmedReports, error) {
	var done TrimmedReports
	if _, err := s.RefreshTouches(ctx, rules); err != nil {
		return done, err
	}
	for _, part := range []struct {
		do    func(context.Context, pgx.Tx, time.Time) (int64, error)
		count *int64
	}{{reduceReports, &done.Reduced}, {dropHeaders, &done.Dropped}} {
		for n := int64(trimBatch); n == trimBatch; *part.count += n {
			err := pg.InTx(ctx, s.db, func(tx pgx.Tx) (err error) {
				if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", reportLock); err != nil {
					return fmt.Errorf("wait for other writers of reports: %w", err)
				}
				n, err = part.do(ctx, tx, rules.keepFrom(now))
				return err
			})
			if err != nil {
				return done, fmt.Errorf("trim threat reports: %w", pg.Problem(err))
			}
		}
	}
	return done, nil
}

func reduceReports(ctx context.Context, tx pgx.Tx, _ time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `
		with idle as materialized (
			select id from threat_reports where kept = 'full' and not touches order by id limit @batch
		), gone as (
			delete from indicators i using idle d where i.report_id = d.id returning i.report_id, i.key
		), keys as (
			select report_id, (array_agg(distinct key))[1:@most] as keys from gone group by report_id
		)
		update threat_reports r
		set kept = 'header', trace_keys = coalesce((select k.keys from keys k where k.report_id = r.id), '{}')
		from idle d
		where r.id = d.id`, pgx.NamedArgs{"batch": trimBatch, "most": maxTraceKeys})
	if err != nil {
		return 0, fmt.Errorf("reduce reports to headers: %w", err)
	}
	return tag.RowsAffected(), nil
}

func dropHeaders(ctx context.Context, tx pgx.Tx, before time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `
		delete from threat_reports
		where id in (
			select id from threat_reports
			where kept = 'header' and not touches and stood_at < @before
			order by stood_at
			limit @batch
		)`, pgx.NamedArgs{"before": before, "batch": trimBatch})
	if err != nil {
		return 0, fmt.Errorf("drop old headers: %w", err)
	}
	return tag.RowsAffected(), nil
}

// TouchMarker changes whenever something was written that RefreshTouches looks at. It costs next to nothing to read.
func (s *Store) TouchMarker(ctx context.Context) (string, error) {
	var marker string
	err := s.db.QueryRow(ctx, `
		select coalesce(string_agg(relname || n_tup_ins || '/' || n_tup_upd || '/' || n_tup_del, ' ' order by relname), '')
		from pg_stat_user_tables
		where relname in ('matches', 'component_traces', 'advisory_vulnerabilities')`).Scan(&marker)
	if err != nil {
		return "", fmt.Errorf("see whether reports may touch something else: %w", pg.Problem(err))
	}
	return marker, nil
}

package finding

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Get reads all that is known of one finding: every source's statement, the way to it in the dependency graph, its history.
func (s *Store) Get(ctx context.Context, id int64) (Detail, error) {
	args := pgx.NamedArgs{"id": id}
	rows, err := s.db.Query(ctx, `
		select `+columns+`, v.cvss_vector, v.severity_source, coalesce(c.upgrade_version, '')
		from findings f `+joins+`
		where f.id = @id and `+access.See(ctx).Where("f.product_id", args), args)
	if err != nil {
		return Detail{}, fmt.Errorf("read finding %d: %w", id, err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Detail, error) {
		var d Detail
		err := scan(row, &d.Finding, &d.CVSSVector, &d.SeveritySource, &d.ComponentUpgrade)
		return d, err
	})
	if err != nil {
		return Detail{}, fmt.Errorf("read finding %d: %w", id, err)
	}
	if len(found) == 0 {
		return Detail{}, problem.New(problem.NotFound, "there is no finding %d; its release may have been deleted", id)
	}
	d := found[0]
	for _, read := range []func(context.Context, *Detail) error{s.statements, s.prose, s.path, s.events, s.others} {
		if err := read(ctx, &d); err != nil {
			return Detail{}, fmt.Errorf("read finding %d: %w", id, err)
		}
	}
	return d, nil
}

// statements reads what each source says, confirmed ones first. A record that several feeds carry is one statement: of the
// copy that confirms, then of the newest, then of its author's.
func (s *Store) statements(ctx context.Context, d *Detail) error {
	rows, err := s.db.Query(ctx, `
		select advisory_id, source, feed, url, summary, confidence, reason, evidence, fixed_version, withdrawn, published,
		       modified, severities, reference_urls, array(
		           select c.feed from advisories c where c.advisory_id = s.advisory_id and c.source = s.source order by 1)
		from (
			select distinct on (a.source, a.advisory_id)
			       a.advisory_id, a.source, a.feed, a.url, a.summary, m.confidence, m.reason, m.evidence,
			       coalesce(m.fixed_version, '') as fixed_version, a.withdrawn, a.published, a.modified, a.severities, a.reference_urls
			from findings f
			join matches m on m.component_id = f.component_id
			join advisory_vulnerabilities av on av.advisory_id = m.advisory_id and av.vulnerability_id = f.vulnerability_id
			join advisories a on a.id = m.advisory_id
			where f.id = @id
			order by a.source, a.advisory_id, array_position(array['confirmed', 'possible', 'contradicted'], m.confidence),
				a.modified desc nulls last, a.feed = lower(a.source) desc, a.feed
		) s
		order by array_position(array['confirmed', 'possible', 'contradicted'], confidence), source, advisory_id`, pgx.NamedArgs{"id": d.ID})
	if err != nil {
		return err
	}
	d.Statements, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Statement])
	return err
}

// prose reads the description of the best source, the other ids of the flaw, its weaknesses and its links.
func (s *Store) prose(ctx context.Context, d *Detail) error {
	return s.db.QueryRow(ctx, `
		with of as (
			select a.* from findings f
			join advisory_vulnerabilities av on av.vulnerability_id = f.vulnerability_id
			join advisories a on a.id = av.advisory_id
			where f.id = @id
		)
		select coalesce((select details from of where details <> ''
		                 order by withdrawn is not null,
		                     case source when 'GHSA' then 0 when 'CVE' then 1 when 'NVD' then 2 else 3 end, length(details) desc limit 1), ''),
		       array(select distinct x.alias from of join advisory_aliases x on x.advisory_id = of.id
		             where x.alias <> @name
		               -- a record that names several CVEs covers them: the others are no aliases of this one
		               and (select count(*) from advisory_aliases y where y.advisory_id = of.id and y.alias like 'CVE-%') <= 1
		             order by 1),
		       array(select distinct unnest(cwes) from of order by 1),
		       coalesce((select jsonb_agg(link order by link) from (
		           select distinct jsonb_array_elements(reference_urls) as link from of limit 100) l), '[]')`,
		pgx.NamedArgs{"id": d.ID, "name": d.Vulnerability}).Scan(&d.Details, &d.Aliases, &d.CWEs, &d.References)
}

// path walks from the finding's component up to the root: at each step a parent that is one nearer. Depths were
// computed when the document was read, so the walk is as long as the way and never branches.
func (s *Store) path(ctx context.Context, d *Detail) error {
	rows, err := s.db.Query(ctx, `
		with recursive up as (
			(select o.sbom_id, o.ordinal, o.component_id, o.depth
			 from releases r join occurrences o on o.sbom_id = r.current_sbom_id
			 where r.id = @release and o.component_id = @component and o.depth is not null
			 order by o.depth, o.ordinal limit 1)
			union all
			(select n.sbom_id, n.ordinal, n.component_id, n.depth from up
			 cross join lateral (
			     select o.* from dependencies e
			     join occurrences o on o.sbom_id = e.sbom_id and o.ordinal = e.from_ordinal
			     where e.sbom_id = up.sbom_id and e.to_ordinal = up.ordinal and o.depth = up.depth - 1
			     order by o.ordinal limit 1) n)
		)
		select c.name, c.version from up join components c on c.id = up.component_id order by up.depth`,
		pgx.NamedArgs{"release": d.ReleaseID, "component": d.ComponentID})
	if err != nil {
		return err
	}
	d.Path, err = pgx.CollectRows(rows, pgx.RowToStructByPos[PathStep])
	return err
}

func (s *Store) events(ctx context.Context, d *Detail) error {
	rows, err := s.db.Query(ctx, `
		select at, kind, detail from finding_events where finding_id = @id order by id`, pgx.NamedArgs{"id": d.ID})
	if err != nil {
		return err
	}
	d.Events, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Event])
	return err
}

func (s *Store) others(ctx context.Context, d *Detail) error {
	args := pgx.NamedArgs{"id": d.ID}
	rows, err := s.db.Query(ctx, `
		select o.id, o.release_id, p.name, r.version
		from findings f
		join findings o on o.component_id = f.component_id and o.vulnerability_id = f.vulnerability_id and o.id <> f.id
		join releases r on r.id = o.release_id
		join products p on p.id = o.product_id
		where f.id = @id and o.state = 'open' and o.active and `+access.See(ctx).Where("o.product_id", args)+`
		order by p.name_key, r.id desc
		limit 50`, args)
	if err != nil {
		return err
	}
	d.OtherReleases, err = pgx.CollectRows(rows, pgx.RowToStructByPos[OtherRelease])
	return err
}

package intel

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// seen is what of our own products reports may be told against: conditions for the caller of a context, who must not learn from a
// report what a product holds that they may not know of. Callers who may know of every product get the stored answers.
type seen struct {
	scope access.Scope
	args  pgx.NamedArgs
}

// newSeen adds to args what its conditions need.
func (s *Store) newSeen(ctx context.Context, args pgx.NamedArgs) seen {
	v := seen{access.See(ctx), args}
	if !v.scope.IsAll() {
		args["interesting"] = s.rules.techniques()
	}
	return v
}

// component is true for a component that a current document of a visible product has.
func (v seen) component(id string) string {
	if v.scope.IsAll() {
		return "true"
	}
	return `exists (select from occurrences vo join releases vr on vr.current_sbom_id = vo.sbom_id
		where vo.component_id = ` + id + ` and ` + v.product("vr.product_id") + `)`
}

func (v seen) product(column string) string { return v.scope.Where(column, v.args) }

// held is true for the name of a vulnerability that a component of ours matches, for certain or possibly.
func (v seen) held(name string) string {
	return `exists (
		select from vulnerabilities v
		join advisory_vulnerabilities l on l.vulnerability_id = v.id
		join matches m on m.advisory_id = l.advisory_id
		where v.name = ` + name + ` and ` + v.component("m.component_id") + `)`
}

// leads is true for a row of report_vulnerabilities: links by reference are made only where something of ours is held.
func (v seen) leads(row string) string {
	if v.scope.IsAll() {
		return "true"
	}
	return `(` + row + `.link = 'named' or ` + v.held(row+".cve") + `)`
}

// touches is true for a report of threat_reports r that touches us.
func (v seen) touches() string {
	if v.scope.IsAll() {
		return "r.touches"
	}
	return `(r.touches and (
		exists (select from unnest(r.attack_ids) as a (id) where a.id = any(@interesting) or split_part(a.id, '.', 1) = any(@interesting))
		or exists (select from report_vulnerabilities n where n.report_id = r.id and ` + v.held("n.cve") + `)
		or exists (select from indicators i join component_traces t on t.key = i.key
			where i.report_id = r.id and ` + v.component("t.component_id") + `)
		or r.kept = 'header' and exists (select from unnest(r.trace_keys) as k (key) join component_traces t on t.key = k.key
			where ` + v.component("t.component_id") + `)))`
}

// brief is what scan reads, of threat_reports r. What a report leads to is counted up to a bound: some name every CVE of a year.
func (v seen) brief() string {
	return `r.id, r.feed, r.report_id, r.name, r.author, r.adversary, r.tlp, r.tags, r.malware_families,
	r.attack_ids, r.stood_at, ` + v.touches() + `, r.kept = 'full', r.partial,
	(select coalesce(sum(value::int), 0) from jsonb_each_text(r.indicator_counts)),
	(select count(*) from report_vulnerabilities n where n.report_id = r.id and ` + v.leads("n") + `),
	(select count(*) from (select cve from report_vulnerabilities n where n.report_id = r.id limit 500) n
	 where ` + v.held("n.cve") + `)`
}

package finding

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// Assess makes a decision on findings: one assessment for each vulnerability, package and place among them. On trial it writes
// nothing and counts. Findings change with it at once.
func (s *Store) Assess(ctx context.Context, of Selection, d Decision, trial bool) (Assessed, error) {
	if err := d.check(s.now()); err != nil {
		return Assessed{}, err
	}
	var out Assessed
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		out = Assessed{}
		if !trial {
			if err := lockAssessments(ctx, tx); err != nil {
				return err
			}
		}
		chosen, err := pick(ctx, tx, of)
		if err != nil {
			return err
		}
		except, err := exempt(ctx, tx, d.Place)
		if err != nil {
			return err
		}
		targets := aim(chosen, d)
		out.Selected = len(chosen)
		if trial || len(targets) == 0 {
			return reached(ctx, tx, targets, except, &out)
		}
		made, err := s.insert(ctx, tx, targets, except, d)
		if err != nil {
			return err
		}
		for _, m := range made {
			out.IDs = append(out.IDs, m.ID)
		}
		if err := s.supersede(ctx, tx, out.IDs); err != nil {
			return err
		}
		if err := s.applied(ctx, tx, `f.vulnerability_id = any(@vulnerabilities) and f.component_name = any(@packages)`, arguments(targets, nil)); err != nil {
			return err
		}
		if err := record(ctx, tx, "assessment.create", made, nil, d.fields()); err != nil {
			return err
		}
		return reached(ctx, tx, targets, except, &out)
	})
	if err != nil {
		return Assessed{}, fmt.Errorf("assess findings: %w", err)
	}
	return out, nil
}

func (d Decision) fields() map[string]any {
	out := map[string]any{"status": d.Status, "scope": d.Place, "every_version": d.EveryVersion}
	for key, value := range map[string]string{"justification": d.Justification, "response": d.Response, "action": d.Action, "note": d.Note} {
		if value != "" {
			out[key] = value
		}
	}
	if d.Expires != nil {
		out["expires_at"] = *d.Expires
	}
	return out
}

func (s *Store) insert(ctx context.Context, tx pgx.Tx, targets []target, except []int64, d Decision) ([]entry, error) {
	args := arguments(targets, except)
	caller := access.CallerOf(ctx)
	for name, value := range map[string]any{
		"status": d.Status, "justification": d.Justification, "response": d.Response, "action": d.Action, "note": d.Note,
		"author": caller.PersonID, "author_name": caller.Name, "now": s.now(), "expires": d.Expires,
	} {
		args[name] = value
	}
	rows, err := tx.Query(ctx, `
		insert into assessments (vulnerability, advisories, ecosystem, package, version, release_id, product_id, except_products, status,
		                         justification, response, action, note, basis, basis_severity, author_id, author_name, created_at, expires_at)
		select v.name, array(select distinct r.advisory_id from advisory_vulnerabilities l join advisories r on r.id = l.advisory_id
		                     where l.vulnerability_id = v.id order by 1),
		       t.ecosystem, t.package, t.version, nullif(t.release_id, 0), nullif(t.product_id, 0),
		       case when t.product_id = 0 then @except::bigint[] else '{}' end, @status, @justification, @response, @action, @note,
		       array(select distinct `+packagePrint+`
		             from advisory_vulnerabilities l join affected_packages ap on ap.advisory_id = l.advisory_id
		             where l.vulnerability_id = v.id and ap.match_name in (
		                 select c.match_name from findings f join components c on c.id = f.component_id
		                 where f.vulnerability_id = v.id and f.component_name = t.package and f.ecosystem = t.ecosystem)
		             union
		             select `+configurationPrint+`
		             from advisory_vulnerabilities l join affected_cpes ac on ac.advisory_id = l.advisory_id
		             where l.vulnerability_id = v.id),
		       v.severity, nullif(@author::bigint, 0), @author_name, @now, @expires
		from `+aimed+` join vulnerabilities v on v.id = t.vulnerability_id
		returning id, coalesce(product_id, 0), vulnerability, package`, args)
	if err != nil {
		return nil, fmt.Errorf("write assessments: %w", err)
	}
	made, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	if err != nil {
		return nil, fmt.Errorf("write assessments: %w", err)
	}
	return made, nil
}

// supersede ends what these assessments take the place of: those of the same package, version and place on the same vulnerability,
// also when that was several at the time.
func (s *Store) supersede(ctx context.Context, tx pgx.Tx, ids []int64) error {
	caller := access.CallerOf(ctx)
	_, err := tx.Exec(ctx, `
		insert into assessment_ends (assessment_id, reason, superseded_by, author_id, author_name, ended_at)
		select a.id, 'superseded', max(n.id), nullif(@author::bigint, 0), @author_name, @now
		from assessments n
		join vulnerabilities v on v.name = n.vulnerability
		join assessments a on (a.package, a.ecosystem) = (n.package, n.ecosystem)
			and (a.version, a.release_id, a.product_id) is not distinct from (n.version, n.release_id, n.product_id)
			-- one that holds everywhere stays for the products that the new one leaves out
			and a.except_products @> n.except_products and a.id <> all(@ids)
		where n.id = any(@ids) and `+standing+` and `+ofVulnerability+`
		group by a.id`,
		pgx.NamedArgs{"ids": ids, "author": caller.PersonID, "author_name": caller.Name, "now": s.now()})
	if err != nil {
		return fmt.Errorf("end the assessments before: %w", err)
	}
	return nil
}

// applied brings findings f up to date and says so to those who look.
func (s *Store) applied(ctx context.Context, tx pgx.Tx, narrow string, args pgx.NamedArgs) error {
	places, err := s.decide(ctx, tx, narrow, args)
	if err != nil || len(places) == 0 {
		return err
	}
	return live.Send(ctx, tx, live.Hint{Kind: live.Findings, Places: places})
}

// entry is an assessment as the record names it.
type entry struct {
	ID, Product            int64
	Vulnerability, Package string
}

// record puts assessments on record: one event for each product, and one for those that hold everywhere.
func record(ctx context.Context, tx pgx.Tx, action string, made []entry, before, after map[string]any) error {
	byProduct := map[int64][]entry{}
	for _, m := range made {
		byProduct[m.Product] = append(byProduct[m.Product], m)
	}
	for product, list := range byProduct {
		ids := make([]int64, len(list))
		var names []string
		for i, m := range list {
			ids[i] = m.ID
			if name := m.Vulnerability + " " + m.Package; len(names) < 20 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		fields := maps.Clone(after)
		fields["of"], fields["assessments"] = names, ids
		err := audit.Write(ctx, tx, audit.Event{
			Action: action, Subject: "assessment", ID: strconv.FormatInt(ids[0], 10), Name: names[0], Product: product, Before: before, After: fields,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

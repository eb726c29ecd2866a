package finding

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxSelected bounds how many findings one decision may be made on; it may reach any number.
const maxSelected = 10_000

// picked is a finding as far as a decision needs it.
type picked struct {
	ID, Product, Release, Vulnerability int64
	Name                                string
	Ecosystem, Package, Version         string
	ReleaseName, ProductName            string
}

// target is what one assessment is made on; zero ids and a nil version widen it.
type target struct {
	Vulnerability      int64
	Name               string
	Ecosystem, Package string
	Version            *string
	Product, Release   int64
}

// pick reads the findings that were chosen, and refuses where the caller may not decide on one.
func pick(ctx context.Context, tx pgx.Tx, of Selection) ([]picked, error) {
	args := pgx.NamedArgs{"ids": of.IDs, "limit": maxSelected + 1}
	where := "f.id = any(@ids) and " + access.See(ctx).Where("f.product_id", args)
	if of.Filter != nil {
		var err error
		if where, err = of.Filter.where(access.See(ctx), args); err != nil {
			return nil, err
		}
	}
	rows, err := tx.Query(ctx, `
		select f.id, f.product_id, f.release_id, f.vulnerability_id, f.vulnerability_name, f.ecosystem, f.component_name,
		       f.component_version, r.version, p.name
		from findings f join releases r on r.id = f.release_id join products p on p.id = f.product_id
		where `+where+` order by f.id limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("read the findings: %w", err)
	}
	chosen, err := pgx.CollectRows(rows, pgx.RowToStructByPos[picked])
	if err != nil {
		return nil, fmt.Errorf("read the findings: %w", err)
	}
	if len(chosen) > maxSelected {
		return nil, problem.New(problem.Invalid, "more than 10,000 findings are chosen; narrow the filter and decide in steps")
	}
	for _, id := range of.IDs {
		if of.Filter == nil && !slices.ContainsFunc(chosen, func(p picked) bool { return p.ID == id }) {
			return nil, problem.New(problem.NotFound, "there is no finding %d; its release may have been deleted", id)
		}
	}
	act := access.Act(ctx)
	for _, p := range chosen {
		if !act.Has(p.Product) {
			return nil, problem.New(problem.Forbidden, "You may not decide on findings of %s.", p.ProductName)
		}
	}
	return chosen, nil
}

// exempt are the products that a decision which holds everywhere leaves out: those on which the caller may not decide.
func exempt(ctx context.Context, tx pgx.Tx, place string) ([]int64, error) {
	except := []int64{}
	act := access.Act(ctx)
	if place != PlaceEverywhere || act.IsAll() {
		return except, nil
	}
	if !act.Has(0) { // 0 stands for products still to be made
		return nil, problem.New(problem.Forbidden, "You may decide for some products only; choose the product or the release.").
			With(problem.Fault{Path: "body.scope", Code: "not_allowed", Message: "everywhere needs the role analyst in general"})
	}
	rows, err := tx.Query(ctx, `select id from products order by id`)
	if err != nil {
		return nil, fmt.Errorf("read the products: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read the products: %w", err)
	}
	for _, id := range all {
		if !act.Has(id) {
			except = append(except, id)
		}
	}
	return except, nil
}

// aim brings the findings down to what assessments are to be made on.
func aim(chosen []picked, d Decision) []target {
	type key struct {
		vulnerability    int64
		ecosystem, name  string
		version          string
		product, release int64
	}
	seen := map[key]bool{}
	var out []target
	for _, p := range chosen {
		t := target{Vulnerability: p.Vulnerability, Name: p.Name, Ecosystem: p.Ecosystem, Package: p.Package}
		if !d.EveryVersion {
			t.Version = &p.Version
		}
		if d.Place != PlaceEverywhere {
			t.Product = p.Product
		}
		if d.Place == PlaceRelease {
			t.Release = p.Release
		}
		k := key{t.Vulnerability, t.Ecosystem, t.Package, "", t.Product, t.Release}
		if t.Version != nil {
			k.version = "@" + *t.Version
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, t)
		}
	}
	return out
}

// aimed is targets as a relation t.
const aimed = `unnest(@vulnerabilities::bigint[], @ecosystems::text[], @packages::text[], @versions::text[], @products::bigint[], @releases::bigint[])
	as t (vulnerability_id, ecosystem, package, version, product_id, release_id)`

func arguments(targets []target, except []int64) pgx.NamedArgs {
	n := len(targets)
	vulnerabilities, products, releases := make([]int64, n), make([]int64, n), make([]int64, n)
	ecosystems, packages, versions := make([]string, n), make([]string, n), make([]*string, n)
	for i, t := range targets {
		vulnerabilities[i], products[i], releases[i] = t.Vulnerability, t.Product, t.Release
		ecosystems[i], packages[i], versions[i] = t.Ecosystem, t.Package, t.Version
	}
	return pgx.NamedArgs{
		"vulnerabilities": vulnerabilities, "ecosystems": ecosystems, "packages": packages, "versions": versions,
		"products": products, "releases": releases, "except": except,
	}
}

// reached counts the findings that lie in the targets, as far as the caller may know of them.
func reached(ctx context.Context, tx pgx.Tx, targets []target, except []int64, out *Assessed) error {
	args := arguments(targets, except)
	err := tx.QueryRow(ctx, `
		select count(distinct f.id), count(distinct f.product_id), count(distinct f.release_id)
		from `+aimed+`
		join findings f on f.vulnerability_id = t.vulnerability_id and f.component_name = t.package and f.ecosystem = t.ecosystem
		where f.state <> 'resolved' and (t.version is null or t.version = f.component_version)
		  and (t.release_id = 0 or t.release_id = f.release_id)
		  and case when t.product_id = 0 then f.product_id <> all(@except) else t.product_id = f.product_id end
		  and `+access.See(ctx).Where("f.product_id", args), args).Scan(&out.Findings, &out.Products, &out.Releases)
	if err != nil {
		return fmt.Errorf("count what the decision reaches: %w", err)
	}
	return nil
}

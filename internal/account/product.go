package account

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ProductAccess is who may see one product, and why.
type ProductAccess struct {
	// Restricted: only the teams below and admins see it. Else everyone does, in their own role.
	Restricted bool
	Teams      []ProductTeam
	People     []ProductPerson
}

// ProductTeam is a team that a product is given to. Role is what its members may do there; empty: what they may elsewhere.
type ProductTeam struct {
	ID   int64       `json:"id"`
	Name string      `json:"name"`
	Role access.Role `json:"role"`
}

// ProductPerson is someone who sees a product. Why: "admin", "everyone", or the name of the team that gives the role.
type ProductPerson struct {
	ID         int64
	Name, Mail string
	Role       access.Role
	Why        string
	Team       string
}

// ProductAccess says who may see a product and why.
func (s *Store) ProductAccess(ctx context.Context, product int64) (ProductAccess, error) {
	return productAccess(ctx, s.db, product)
}

func productAccess(ctx context.Context, db pg.DB, product int64) (ProductAccess, error) {
	var out ProductAccess
	args := pgx.NamedArgs{"product": product}
	err := db.QueryRow(ctx, `
		select exists (select from restricted_products where product_id = @product),
		       coalesce((select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'role', coalesce(pt.role, '')) order by t.name_key)
		                 from product_teams pt join teams t on t.id = pt.team_id where pt.product_id = @product), '[]')`, args).
		Scan(&out.Restricted, &out.Teams)
	if err != nil {
		return ProductAccess{}, fmt.Errorf("read access to product %d: %w", product, err)
	}
	// The same rule as rights.where, for everyone at once; a test holds the two together.
	rows, err := db.Query(ctx, `
		with ranks (role, rank) as (values ('viewer', 1), ('contributor', 2), ('analyst', 3), ('admin', 4)),
		ways as (
			select u.id, u.role, case when u.role = 'admin' then 'admin' else 'everyone' end as why, '' as team
			from users u where u.role = 'admin' or not exists (select from restricted_products where product_id = @product)
			union all
			select u.id, coalesce(pt.role, u.role), 'team', t.name
			from product_teams pt join teams t on t.id = pt.team_id
			join team_members m on m.team_id = t.id join users u on u.id = m.user_id
			where pt.product_id = @product and u.role <> 'admin'
		)
		select distinct on (lower(u.name), u.id) u.id, u.name, u.email, w.role, w.why, w.team
		from ways w join users u on u.id = w.id join ranks r on r.role = w.role
		where u.status = 'active'
		order by lower(u.name), u.id, r.rank desc, w.why, w.team
		limit 2000`, args)
	if err != nil {
		return ProductAccess{}, fmt.Errorf("read access to product %d: %w", product, err)
	}
	if out.People, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ProductPerson]); err != nil {
		return ProductAccess{}, fmt.Errorf("read access to product %d: %w", product, err)
	}
	return out, nil
}

// SetProductAccess replaces who may see a product.
func (s *Store) SetProductAccess(ctx context.Context, product int64, in ProductAccess) (ProductAccess, error) {
	ids, roles := make([]int64, 0, len(in.Teams)), make([]string, 0, len(in.Teams))
	for _, t := range in.Teams {
		if t.Role != "" && (!t.Role.Known() || t.Role == access.Admin) {
			return ProductAccess{}, problem.New(problem.Invalid, "The access cannot be saved like this.").
				With(problem.Fault{Path: "body.teams", Code: "enum", Message: "a team's role is viewer, contributor, analyst, or empty for the members' own"})
		}
		ids, roles = append(ids, t.ID), append(roles, string(t.Role))
	}
	var after ProductAccess
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"product": product, "ids": ids, "roles": roles, "restricted": in.Restricted}
		var name string
		err := tx.QueryRow(ctx, `select name from products where id = @product for update`, args).Scan(&name)
		if err == pgx.ErrNoRows {
			return problem.New(problem.NotFound, "there is no product %d; it may have been deleted", product)
		}
		if err != nil {
			return err
		}
		before, err := productAccess(ctx, tx, product)
		if err != nil {
			return err
		}
		for _, sql := range []string{
			`delete from product_teams where product_id = @product`,
			`insert into product_teams (product_id, team_id, role)
			 select @product, t.id, nullif(i.role, '') from unnest(@ids::bigint[], @roles::text[]) as i (id, role) join teams t on t.id = i.id
			 on conflict do nothing`,
			`delete from restricted_products where product_id = @product`,
			`insert into restricted_products (product_id) select @product where @restricted`,
		} {
			if _, err := tx.Exec(ctx, sql, args); err != nil {
				return err
			}
		}
		if after, err = productAccess(ctx, tx, product); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "product.access", Subject: "product", ID: strconv.FormatInt(product, 10), Name: name, Product: product,
			Before: map[string]any{"restricted": before.Restricted, "teams": before.Teams},
			After:  map[string]any{"restricted": after.Restricted, "teams": after.Teams},
		})
	})
	if err != nil {
		return ProductAccess{}, fmt.Errorf("change access to product %d: %w", product, err)
	}
	return after, nil
}

// Thing is what a request names in its path, and what its product is found by.
type Thing string

// The things.
const (
	Product Thing = "product_id"
	Release Thing = "release_id"
	SBOM    Thing = "sbom_id"
	Finding Thing = "finding_id"
	// Job is background work; only what a document made has a product.
	Job Thing = "job_id"
)

// ProductOf is the product that a thing belongs to; 0: there is no such thing.
func (s *Store) ProductOf(ctx context.Context, thing Thing, id int64) (int64, error) {
	var product int64
	err := s.db.QueryRow(ctx, `
		select coalesce(case @thing::text
			when 'product_id' then (select p.id from products p where p.id = @id)
			when 'release_id' then (select r.product_id from releases r where r.id = @id)
			when 'sbom_id' then (select r.product_id from sboms d join releases r on r.id = d.release_id where d.id = @id)
			when 'finding_id' then (select f.product_id from findings f where f.id = @id)
			when 'job_id' then (select r.product_id from river_job j join sboms d on d.id = (j.args ->> 'sbom_id')::bigint
			                    join releases r on r.id = d.release_id where j.id = @id)
		end, 0)`, pgx.NamedArgs{"thing": string(thing), "id": id}).Scan(&product)
	if err != nil {
		return 0, fmt.Errorf("find the product of %s %d: %w", thing, id, err)
	}
	return product, nil
}

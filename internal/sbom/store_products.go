package sbom

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ProductInput is what people may set of a product; nil leaves a field as it is (or at its default for a new one).
type ProductInput struct {
	Name        *string
	Description *string
	Criticality *string
	Exposure    *string
}

func (in ProductInput) check() error {
	var faults []problem.Fault
	if in.Name != nil {
		*in.Name = strings.TrimSpace(*in.Name)
		if *in.Name == "" || len(*in.Name) > 200 {
			faults = append(faults, problem.Fault{Path: "body.name", Code: "length", Message: "give the product a name of 1 to 200 characters"})
		}
	}
	faults = append(faults, oneOf("body.criticality", in.Criticality, "low", "medium", "high", "very_high")...)
	faults = append(faults, oneOf("body.exposure", in.Exposure, "small", "controlled", "open")...)
	if len(faults) > 0 {
		return problem.New(problem.Invalid, "the product cannot be saved like this").With(faults...)
	}
	return nil
}

func oneOf(path string, value *string, allowed ...string) []problem.Fault {
	if value == nil {
		return nil
	}
	for _, a := range allowed {
		if *value == a {
			return nil
		}
	}
	return []problem.Fault{{Path: path, Code: "enum", Message: fmt.Sprintf("%q is not one of %s", *value, strings.Join(allowed, ", "))}}
}

// CreateProduct adds a product. A name that exists (without regard to case) is a conflict.
func (s *Store) CreateProduct(ctx context.Context, in ProductInput) (Product, error) {
	if in.Name == nil {
		in.Name = new(string)
	}
	if err := in.check(); err != nil {
		return Product{}, err
	}
	if !access.MayCreate(ctx) {
		return Product{}, problem.New(problem.Forbidden, "You may not make products.")
	}
	var made Product
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, `
			insert into products (name, description, criticality, exposure)
			values (@name, coalesce(@description, ''), coalesce(@criticality, 'medium'), coalesce(@exposure, 'controlled'))
			returning id`,
			pgx.NamedArgs{"name": *in.Name, "description": in.Description, "criticality": in.Criticality, "exposure": in.Exposure},
		).Scan(&id)
		if err != nil {
			return err
		}
		if made, err = (&Store{db: tx}).Product(ctx, id); err != nil {
			return err
		}
		return recordProduct(ctx, tx, "product.create", made, nil, productFields(made))
	})
	if isUnique(err) {
		return Product{}, problem.New(problem.Conflict, "a product named %q exists already", *in.Name).
			With(problem.Fault{Path: "body.name", Code: "exists", Message: "names differ by more than upper and lower case; choose another or use the product that exists"})
	}
	if err != nil {
		return Product{}, fmt.Errorf("create product: %w", err)
	}
	return made, nil
}

// productFields are what the record shows of a product.
func productFields(p Product) map[string]any {
	return map[string]any{"name": p.Name, "description": p.Description, "criticality": p.Criticality, "exposure": p.Exposure}
}

func recordProduct(ctx context.Context, tx pgx.Tx, action string, p Product, before, after any) error {
	return audit.Write(ctx, tx, audit.Event{
		Action: action, Subject: "product", ID: strconv.FormatInt(p.ID, 10), Name: p.Name, Product: p.ID, Before: before, After: after,
	})
}

// UpdateProduct changes what is set in the input.
func (s *Store) UpdateProduct(ctx context.Context, id int64, in ProductInput) (Product, error) {
	if err := in.check(); err != nil {
		return Product{}, err
	}
	var after Product
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		before, err := lockProduct(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update products
			set name = coalesce(@name, name), description = coalesce(@description, description),
			    criticality = coalesce(@criticality, criticality), exposure = coalesce(@exposure, exposure), updated_at = now()
			where id = @id`,
			pgx.NamedArgs{"id": id, "name": in.Name, "description": in.Description, "criticality": in.Criticality, "exposure": in.Exposure})
		if err != nil {
			return err
		}
		if after, err = (&Store{db: tx}).Product(ctx, id); err != nil {
			return err
		}
		return recordProduct(ctx, tx, "product.update", after, productFields(before), productFields(after))
	})
	if isUnique(err) {
		return Product{}, problem.New(problem.Conflict, "a product named %q exists already", *in.Name).
			With(problem.Fault{Path: "body.name", Code: "exists", Message: "choose another name"})
	}
	if err != nil {
		return Product{}, fmt.Errorf("update product %d: %w", id, err)
	}
	return after, nil
}

// lockProduct reads a product that the transaction is about to change.
func lockProduct(ctx context.Context, tx pgx.Tx, id int64) (Product, error) {
	if _, err := tx.Exec(ctx, `select id from products where id = @id for update`, pgx.NamedArgs{"id": id}); err != nil {
		return Product{}, err
	}
	return (&Store{db: tx}).Product(ctx, id)
}

// DeleteProduct removes a product with its releases, documents and findings. Components stay: others may have them.
func (s *Store) DeleteProduct(ctx context.Context, id int64) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		before, err := lockProduct(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from products where id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return err
		}
		return recordProduct(ctx, tx, "product.delete", before, productFields(before), nil)
	})
	if err != nil {
		return fmt.Errorf("delete product %d: %w", id, err)
	}
	return nil
}

// Product reads one product.
func (s *Store) Product(ctx context.Context, id int64) (Product, error) {
	page, err := s.products(ctx, `p.id = @id`, `p.id`, pgx.NamedArgs{"id": id, "limit": 1})
	if err != nil {
		return Product{}, fmt.Errorf("read product %d: %w", id, err)
	}
	if len(page) == 0 {
		return Product{}, noProduct(id)
	}
	return page[0], nil
}

// ProductFilter narrows and orders a product list. Sort: name, -name, created, -created.
type ProductFilter struct {
	Query  string // part of the name, without regard to case
	Sort   string
	Cursor string
	Limit  int
}

// Products lists products by keyset.
func (s *Store) Products(ctx context.Context, f ProductFilter) (Page[Product], error) {
	args := pgx.NamedArgs{"limit": f.Limit + 1, "q": "%" + likeEscape(strings.ToLower(f.Query)) + "%"}
	where, order := `p.name_key like @q`, ``
	key, id, err := decodeCursor(f.Cursor)
	if err != nil {
		return Page[Product]{}, err
	}
	args["key"], args["after"] = key, id
	switch f.Sort {
	case "", "name":
		order = `p.name_key, p.id`
		if f.Cursor != "" {
			where += ` and (p.name_key, p.id) > (@key, @after)`
		}
	case "-name":
		order = `p.name_key desc, p.id desc`
		if f.Cursor != "" {
			where += ` and (p.name_key, p.id) < (@key, @after)`
		}
	case "created":
		order = `p.id`
		if f.Cursor != "" {
			where += ` and p.id > @after`
		}
	case "-created":
		order = `p.id desc`
		if f.Cursor != "" {
			where += ` and p.id < @after`
		}
	default:
		return Page[Product]{}, problem.New(problem.Invalid, "products cannot be sorted by %q", f.Sort).
			With(problem.Fault{Path: "query.sort", Code: "enum", Message: "use name, -name, created or -created"})
	}
	items, err := s.products(ctx, where, order, args)
	if err != nil {
		return Page[Product]{}, fmt.Errorf("list products: %w", err)
	}
	page := Page[Product]{Items: items}
	if len(items) > f.Limit {
		page.Items = items[:f.Limit]
		last := page.Items[f.Limit-1]
		page.Next = encodeCursor(last.key, last.ID)
	}
	return page, nil
}

// products reads products with their newest active release; where and order are written above, never a person's text.
func (s *Store) products(ctx context.Context, where, order string, args pgx.NamedArgs) ([]Product, error) {
	rows, err := s.db.Query(ctx, `
		select p.id, p.name, p.name_key, p.description, p.criticality, p.exposure, p.created_at, p.updated_at,
		       (select count(*) from releases r where r.product_id = p.id),
		       l.id, l.version, coalesce(d.component_count, 0), d.uploaded_at
		from products p
		left join lateral (
			select r.id, r.version, r.current_sbom_id from releases r
			where r.product_id = p.id and r.active order by r.id desc limit 1
		) l on true
		left join sboms d on d.id = l.current_sbom_id
		where `+where+` and `+access.See(ctx).Where("p.id", args)+` order by `+order+` limit @limit`, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Product, error) {
		var p Product
		var latestID *int64
		var latest ReleaseBrief
		var version *string
		err := row.Scan(&p.ID, &p.Name, &p.key, &p.Description, &p.Criticality, &p.Exposure, &p.CreatedAt, &p.UpdatedAt,
			&p.Releases, &latestID, &version, &latest.Components, &latest.UploadedAt)
		if latestID != nil {
			latest.ID, latest.Version = *latestID, *version
			p.Latest = &latest
		}
		return p, err
	})
}

func noProduct(id int64) error {
	return problem.New(problem.NotFound, "there is no product %d; it may have been deleted", id)
}

func isUnique(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.Code == "23505"
}

// likeEscape keeps a person's % and _ literal.
func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

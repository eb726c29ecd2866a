package intel

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// CPEKey is what applicability statements are looked up by: vendor and product as ident.CPE.VendorProduct gives them.
type CPEKey struct {
	Vendor  string
	Product string
}

// Products are the vendors and products that the statement names as vulnerable, each once. Those with wildcards or
// without a value are left out: no look-up finds them.
func (c Configuration) Products() []CPEKey {
	var out []CPEKey
	seen := map[CPEKey]bool{}
	for _, n := range c.Nodes {
		for _, m := range n.Matches {
			if !m.Vulnerable {
				continue
			}
			cpe, err := ident.ParseCPE(m.Criteria)
			if err != nil || cpe.Key() == "" {
				continue
			}
			vendor, product := cpe.VendorProduct()
			if key := (CPEKey{Vendor: vendor, Product: product}); !seen[key] {
				seen[key] = true
				out = append(out, key)
			}
		}
	}
	return out
}

// copyConfigurations writes the applicability statements of the rows with the products they are found by. Identities are
// drawn first, so that both tables are filled by COPY.
func copyConfigurations(ctx context.Context, tx pgx.Tx, rows []row, ids map[string]int64) error {
	var statements, products [][]any
	for _, r := range rows {
		for i, c := range r.Configurations {
			encoded, err := json.Marshal(c)
			if err != nil {
				return fmt.Errorf("encode the configurations of %s: %w", r.ID, err)
			}
			for _, key := range c.Products() {
				products = append(products, []any{len(statements), key.Vendor, key.Product})
			}
			statements = append(statements, []any{int64(0), ids[r.ID], i, encoded})
		}
	}
	if len(statements) == 0 {
		return nil
	}
	drawn, err := tx.Query(ctx, `
		select nextval(pg_get_serial_sequence('affected_cpes', 'id'))
		from generate_series(1, $1::integer)`, len(statements))
	if err != nil {
		return fmt.Errorf("number affected CPEs: %w", err)
	}
	numbers, err := pgx.CollectRows(drawn, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("number affected CPEs: %w", err)
	}
	for i := range statements {
		statements[i][0] = numbers[i]
	}
	for _, p := range products {
		if at, ok := p[0].(int); ok {
			p[0] = numbers[at]
		}
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"affected_cpes"}, []string{"id", "advisory_id", "ordinal", "configuration"},
		pgx.CopyFromRows(statements)); err != nil {
		return fmt.Errorf("copy affected CPEs: %w", err)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"affected_cpe_products"}, []string{"affected_cpe_id", "vendor", "product"},
		pgx.CopyFromRows(products)); err != nil {
		return fmt.Errorf("copy the products of affected CPEs: %w", err)
	}
	return nil
}

package sbom

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// maxComponentTraces bounds the traces of one component over all documents that name it.
const maxComponentTraces = 256

// insertTraces stores what the document says of where its components come from and what they hash to, as far as it is not
// known yet. ids are the components' by identity.
func insertTraces(ctx context.Context, tx pgx.Tx, d *Document, ids map[[16]byte]int64) error {
	var components, keys []int64
	var kinds []string
	for i := range d.Components {
		c := &d.Components[i]
		for _, t := range c.traces() {
			if len(keys) >= maxDocumentTraces {
				break
			}
			components, keys, kinds = append(components, ids[c.Identity.Key]), append(keys, t.Key), append(kinds, string(t.Kind))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `
		create temporary table new_traces (component_id bigint, key bigint, kind text) on commit drop`); err != nil {
		return fmt.Errorf("make room for traces: %w", err)
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"new_traces"}, []string{"component_id", "key", "kind"},
		pgx.CopyFromSlice(len(keys), func(i int) ([]any, error) { return []any{components[i], keys[i], kinds[i]}, nil }))
	if err != nil {
		return fmt.Errorf("copy traces: %w", err)
	}
	// In one order, so that two uploads never wait for one another in a circle. Of a name that is both a host and above
	// one the host stands.
	_, err = tx.Exec(ctx, `
		with fresh as materialized (
			select distinct on (component_id, key) component_id, key, kind
			from new_traces n
			where not exists (select from component_traces t where (t.component_id, t.key) = (n.component_id, n.key))
			order by component_id, key, kind desc
		), room as (
			select component_id, @most - (
				select count(*) from component_traces t where t.component_id = f.component_id) as left
			from (select distinct component_id from fresh) f
		)
		insert into component_traces (component_id, key, kind)
		select f.component_id, f.key, f.kind
		from (select *, row_number() over (partition by component_id order by key) as nth from fresh) f
		join room r on r.component_id = f.component_id and f.nth <= r.left
		order by f.component_id, f.key
		on conflict (component_id, key) do nothing`, pgx.NamedArgs{"most": maxComponentTraces})
	if err != nil {
		return fmt.Errorf("insert traces: %w", err)
	}
	return nil
}

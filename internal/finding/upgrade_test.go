package finding

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPartialUpgradesAddUpInVersionOrder(t *testing.T) {
	got := []PartialUpgrade{{"2.13.4.2", 1}, {"2.9.10", 3}, {"2.12.6", 2}}
	accumulate("Maven", got)
	if diff := cmp.Diff([]PartialUpgrade{{"2.9.10", 3}, {"2.12.6", 5}, {"2.13.4.2", 6}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package sbom

// setDepths gives each component its shortest distance from the subject, breadth first over the dependency edges. A
// component nested in one that is reached is one step further than it, unless the graph says otherwise.
//
// Where the graph does not start at the subject (a document without a subject, or one whose subject lists nothing),
// the components that depend on others and on which none depends are taken as its direct ones.
func setDepths(d *Document) {
	if len(d.Edges) == 0 {
		return
	}
	n := len(d.Components)
	// d.Edges is sorted by From: start[i] is the first edge of ordinal i-1, so that Root has the first slot.
	start := make([]int32, n+2)
	incoming := make([]bool, n)
	for _, e := range d.Edges {
		start[e.From+2]++
		incoming[e.To] = true
	}
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	children := make(map[int][]int32)
	for i := range d.Components {
		if p := d.Components[i].Parent; p >= 0 {
			children[p] = append(children[p], int32(i))
		}
	}
	queue := make([]int32, 0, n)
	reach := func(to, depth int) {
		if c := &d.Components[to]; c.Depth == 0 {
			c.Depth = depth
			queue = append(queue, int32(to))
		}
	}
	for _, e := range d.Edges[start[0]:start[1]] {
		reach(e.To, 1)
	}
	if start[1] == 0 {
		for i := range n {
			if !incoming[i] && start[i+2] > start[i+1] {
				reach(i, 1)
			}
		}
	}
	for next := 0; next < len(queue); next++ {
		at := int(queue[next])
		depth := d.Components[at].Depth + 1
		for _, e := range d.Edges[start[at+1]:start[at+2]] {
			reach(e.To, depth)
		}
		for _, c := range children[at] {
			reach(int(c), depth)
		}
	}
}

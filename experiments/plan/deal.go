package plan

import (
	"cmp"
	"container/heap"
	"slices"
)

// pieces returns what can be dealt: tasks by their places, those together that are near
// the same file or of which one makes what another reads.
func (p *Plan) pieces() [][]int {
	first := make([]int, len(p.Tasks)) // of the piece that a task is in, by way of others
	find := func(i int) int {
		for first[i] != i {
			first[i] = first[first[i]]
			i = first[i]
		}
		return i
	}
	join := func(i, j int) {
		i, j = find(i), find(j)
		first[max(i, j)] = min(i, j)
	}
	near := make(map[string]int)
	for i, makers := range p.makers() {
		first[i] = i
		for _, m := range makers {
			join(m, i)
		}
		if file := p.Tasks[i].Near; file != "" {
			if other, ok := near[file]; ok {
				join(other, i)
			}
			near[file] = i
		}
	}
	at := make(map[int]int)
	var pieces [][]int
	for i := range p.Tasks {
		f := find(i)
		if f == i {
			at[i] = len(pieces)
			pieces = append(pieces, nil)
		}
		pieces[at[f]] = append(pieces[at[f]], i)
	}
	return pieces
}

// Pieces returns to how many shards the tasks can be dealt.
func (p *Plan) Pieces() int { return len(p.pieces()) }

// Deal deals the tasks to n shards by their costs. It depends on the plan alone, so that
// processes agree on it without a word.
func (p *Plan) Deal(n int) [][]Key {
	pieces := p.pieces()
	costs := make([]int64, len(pieces))
	for i, piece := range pieces {
		for _, task := range piece {
			costs[i] += int64(p.Tasks[task].Cost)
		}
	}
	own := make([][]int, n)
	for i, shard := range deal(costs, n) {
		own[shard] = append(own[shard], pieces[i]...)
	}
	shards := make([][]Key, n)
	for i, tasks := range own {
		slices.Sort(tasks)
		for _, task := range tasks {
			shards[i] = append(shards[i], p.Tasks[task].Key)
		}
	}
	return shards
}

// deal gives each cost to one of n shards, the largest first and each to the shard
// that has least: the fullest shard is then at most 4/3 of what it could be (Graham,
// 1969).
func deal(costs []int64, n int) []int {
	order := make([]int, len(costs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(costs[b], costs[a]) })
	shards := make(loads, n)
	for i := range shards {
		shards[i].shard = i
	}
	dealt := make([]int, len(costs))
	for _, i := range order {
		least := &shards[0]
		dealt[i] = least.shard
		least.cost += max(1, costs[i])
		heap.Fix(&shards, 0)
	}
	return dealt
}

// loads is a heap of what the shards have.
type loads []struct {
	cost  int64
	shard int
}

func (l loads) Len() int { return len(l) }
func (l loads) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(l[i].cost, l[j].cost), cmp.Compare(l[i].shard, l[j].shard)) < 0
}
func (l loads) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l loads) Push(any)      { panic("shards are fixed") }
func (l loads) Pop() any      { panic("shards are fixed") }

"""Products that go together, by how often they share a basket, a session or a customer.

With rows r (baskets ..), weights x and C = sum over r of x[r, i] * x[r, j] / |r|:

    s(i, j) = C[i, j] / (C[i, i]^(1 - a) * C[j, j]^a) * n[i, j] / (n[i, j] + l)

a = 1/2 is the cosine; a = 0 would be "who has i has j". A smaller `a` favours what sells (Sarwar et
al. 2001; Deshpande and Karypis 2004, conditional probability with a power of the popularity). The
last factor shrinks what few rows have in common (Koren and Bell 2011, section 5.2.1). Dividing by
|r|, the number of products in the row, keeps one long row from outvoting many short ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

ALPHA: Final = 0.35
SHRINK: Final = 1.0
KEPT: Final = 100
"""Neighbours of a product."""
LONGEST: Final = 100
"""Products of one row; the newest stay."""
_BLOCK: Final = 256

Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`ids[starts[i]:starts[i + 1]]` go with product i, best first; `seen` says in how many rows
    each product is.
    """

    starts: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]
    seen: npt.NDArray[np.float32]

    @classmethod
    def none(cls, products: int) -> Neighbours:
        return cls(
            np.zeros(products + 1, np.int64),
            np.zeros(0, np.int32),
            np.zeros(0, np.float32),
            np.zeros(products, np.float32),
        )

    def of(self, product: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        start, end = self.starts[product], self.starts[product + 1]
        return self.ids[start:end], self.scores[start:end]

    def add(self, seeds: dict[int, float], into: Reals) -> None:
        """Add what goes with the seeds, by their weights, to the scores of all products."""
        for seed, weight in seeds.items():
            ids, scores = self.of(seed)
            into[ids] += weight * scores


def rows_of(
    row: Numbers, product: Numbers, weight: Reals, at: Numbers, products: int
) -> sparse.csr_matrix:
    """A matrix with one row for each distinct number in `row`, its newest `LONGEST` products, and
    log(1 + weights summed) in it.
    """
    if not len(row):
        return sparse.csr_matrix((0, products))
    _, number = np.unique(row, return_inverse=True)
    pair = number.astype(np.int64) * products + product
    # Newest first within each row; of the same product the newest counts for its place.
    order = np.lexsort((product, -at, number))
    _, first = np.unique(pair[order], return_index=True)
    first.sort()
    kept = order[first]
    rank = np.arange(len(kept)) - np.searchsorted(number[kept], number[kept], side="left")
    allowed = set(pair[kept][rank < LONGEST].tolist()) if (rank >= LONGEST).any() else None
    if allowed is not None:
        mask = np.fromiter((each in allowed for each in pair.tolist()), bool, len(pair))
        number, product, weight = number[mask], product[mask], weight[mask]
    shape = (int(number.max()) + 1, products)
    matrix = sparse.csr_matrix((weight, (number, product)), shape=shape)
    matrix.sum_duplicates()
    matrix.data = np.log1p(matrix.data)
    return matrix


def neighbours(
    matrices: list[tuple[float, sparse.csr_matrix]],
    products: int,
    *,
    alpha: float = ALPHA,
    shrink: float = SHRINK,
    kept: int = KEPT,
    by_length: bool = True,
) -> Neighbours:
    """The nearest products of each, out of weighted matrices of rows. In blocks, so that memory
    stays bounded by block times products.
    """
    parts = []
    for weight, matrix in matrices:
        if matrix.nnz:
            length = np.asarray((matrix > 0).sum(axis=1)).ravel()
            scale = np.sqrt(weight / (np.maximum(length, 1) if by_length else 1))
            scale = np.broadcast_to(scale, length.shape)
            parts.append(sparse.diags(scale) @ matrix)
    if not parts:
        return Neighbours.none(products)
    whole = sparse.vstack(parts, format="csc")
    seen = whole.copy()
    seen.data = np.ones_like(seen.data)
    rows, counts = whole.tocsr(), seen.tocsr()
    sizes = np.asarray(whole.multiply(whole).sum(axis=0)).ravel()
    starts, ids, scores = [0], [], []
    powers = np.maximum(sizes, 1e-12)
    for first in range(0, products, _BLOCK):
        last = min(first + _BLOCK, products)
        together = (whole[:, first:last].T @ rows).tocsr()
        common = (seen[:, first:last].T @ counts).tocsr()
        together.sort_indices()
        common.sort_indices()
        for place in range(first, last):
            row = slice(together.indptr[place - first], together.indptr[place - first + 1])
            found = together.indices[row]
            values = together.data[row] / (powers[place] ** (1 - alpha) * powers[found] ** alpha)
            number = common.data[row]
            values = values * number / (number + shrink)
            values[found == place] = 0.0
            best = np.lexsort((found, -values))[:kept]
            best = best[values[best] > 0]
            ids.append(found[best].astype(np.int32))
            scores.append(values[best].astype(np.float32))
            starts.append(starts[-1] + len(best))
    return Neighbours(
        np.array(starts, np.int64),
        np.concatenate(ids) if ids else np.zeros(0, np.int32),
        np.concatenate(scores) if scores else np.zeros(0, np.float32),
        np.asarray(seen.sum(axis=0)).ravel().astype(np.float32),
    )

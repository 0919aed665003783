from dsl import tree as t
from dsl.graph import *

KIND = {
    t.Send: "send",
    t.Show: "show",
    t.Notify: "notify",
    t.Call: "call",
    t.SetProperty: "set",
    t.ClearProperty: "clear",
    t.AddTag: "add_tag",
    t.RemoveTag: "remove_tag",
    t.AddScore: "add_score",
    t.GiveCoupon: "give_coupon",
    t.Subscribe: "subscribe",
    t.Unsubscribe: "unsubscribe",
    t.Track: "track",
    t.StartFlow: "start_flow",
    t.StopFlow: "stop_flow",
    t.GoTo: "go_to",
    t.Exit: "exit",
    t.Wait: "wait",
    t.If: "if",
    t.Switch: "switch",
    t.Experiment: "experiment",
    t.Repeat: "repeat",
}


def graph(flow):
    nodes = [GraphNode("entry", "entry", "", flow.span, flow)]
    edges = []
    n = [0]
    labels = {}
    pend = []

    def block(b, parent, arm, preds):
        for s in b.steps:
            preds = step(s, parent, arm, preds)
        return preds

    def link(preds, to):
        for src, a in preds:
            edges.append(GraphEdge(src, to, "", a))

    def step(s, parent, arm, preds):
        n[0] += 1
        k = KIND[type(s)]
        lab = getattr(s, "label", None)
        id_ = lab or f"{k}_{n[0]}"
        nodes.append(GraphNode(id_, k, "", s.span, s, lab, "", parent, arm))
        link(preds, id_)
        if lab:
            labels[lab] = id_
        if k == "exit":
            return []
        if k == "go_to":
            pend.append((id_, s.target))
            return [(id_, ELSE)]
        if k == "repeat":
            out = block(s.block, id_, 0, [(id_, 0)])
            link(out, id_)
            return [(id_, ELSE)]
        if k in ("if", "switch", "experiment", "wait"):
            blocks = []
            if k == "if":
                blocks = [s.block] + [o.block for o in s.others]
            elif k == "switch":
                blocks = [c.block for c in s.cases]
            elif k == "experiment":
                blocks = [c.block for c in s.arms]
            else:
                if s.arms:
                    blocks = [c.block for c in s.arms]
                elif s.block:
                    blocks = [s.block]
                elif s.happenings:
                    return (
                        [(id_, 0), (id_, ELSE)]
                        if not s.otherwise
                        else [(id_, 0)] + block(s.otherwise.block, id_, ELSE, [(id_, ELSE)])
                    )
                else:
                    return [(id_, None)]
            out = []
            for i, b in enumerate(blocks):
                out += block(b, id_, i, [(id_, i)])
            out += (
                block(s.otherwise.block, id_, ELSE, [(id_, ELSE)]) if s.otherwise else [(id_, ELSE)]
            )
            return out
        return [(id_, None)]

    preds = block(flow.steps, None, None, [("entry", None)])
    nodes.append(GraphNode("end", "end", "", flow.span, flow))
    link(preds, "end")
    for i, tg in pend:
        edges.append(GraphEdge(i, labels[tg], "", 0))
    return StepGraph(flow, tuple(nodes), tuple(edges), "x")

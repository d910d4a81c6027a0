#pragma once

#include <cstddef>
#include <utility>
#include <variant>

namespace gmmvi::config {

template <class Variant, std::size_t... I>
Variant alternative(std::size_t index, std::index_sequence<I...>) {
  Variant chosen;
  ((I == index ? void(chosen.template emplace<I>()) : void()), ...);
  return chosen;
}

/// A variant that holds the default of its `index`-th type.
template <class Variant>
Variant alternative(std::size_t index) {
  return alternative<Variant>(index, std::make_index_sequence<std::variant_size_v<Variant>>());
}

/// Calls visit() with the default of every type, in the order of the variant.
template <class Variant, class Visit>
void for_each_alternative(Visit visit) {
  for (std::size_t i = 0; i < std::variant_size_v<Variant>; ++i) {
    Variant chosen = alternative<Variant>(i);
    std::visit(visit, chosen);
  }
}

}  // namespace gmmvi::config

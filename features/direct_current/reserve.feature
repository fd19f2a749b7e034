# What a battery gives when somebody takes it: its contactors open at the reserve, as far as they can.
@requires:dc
Feature: A battery on a load

  Background:
    Given a charger with a DC supply
    And the car "vw-id3"
    And the car is at 6 %
    And a car is connected and the contactor is closed
    And a load of 20 ohm at the DC supply

  @energised
  Scenario: At its reserve it lets nothing more out
    When the bench sets the DC supply to 370 V and 30 A
    And the bench switches the DC supply on
    Then within 6 s the car sees 370 V at its DC pins
    When the car closes its DC contactors
    Then within 2 s the DC contactors of the car are closed
    When the bench switches the DC supply off
    Then within 8 min the DC contactors of the car are open
    And the state of charge is between 4.9 % and 5 %
    When the driver unplugs
    And 10 s pass
    Then the energy balance closes within 0.1 %

  @energised
  Scenario: Through welded contactors it is emptied, and the balance closes
    When the DC contactor plus of the car welds
    And the DC contactor minus of the car welds
    And 40 min pass
    Then the state of charge is at most 0.1 %
    When the driver unplugs
    And 10 s pass
    Then the energy balance closes within 0.1 %

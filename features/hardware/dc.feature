# Rectifier and insulation monitor.
@rig @requires:dc
Feature: The DC side on real device nodes

  @energised
  Scenario: The rectifier holds what the bench sets, and is dead when it is switched off
    Given a charger with a DC supply
    And a load of 100 ohm at the DC supply
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the DC supply gives 400 V
    And within 2 s the DC supply delivers 4 A
    When the bench switches the DC supply off
    Then within 2 s the DC supply is dead

  @energised
  Scenario: The rectifier limits its current
    Given a charger with a DC supply
    And a load of 20 ohm at the DC supply
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the DC supply delivers 10 A
    And for 1 s the DC supply never gives more than 210 V

  @sim-only @energised
  Scenario: A bench that charger.toml does not know may drive nothing
    Given a charger with a DC supply that no bench may drive
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then for 5 s the DC supply never gives more than 1 V

  @energised
  Scenario: The rectifier vanishes in mid session and returns
    Given a charger with a DC supply
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the DC supply gives 400 V
    When the DC supply is lost
    Then within 500 ms the fault SupplyLost is detected
    And within 1 s the connector is Faulted
    When the DC supply is back
    Then within 5 s the fault SupplyLost is cleared
    And within 3 s the DC supply is dead

  @slow @energised
  Scenario: A rectifier that says nothing for ten seconds is lost
    Given a charger with a DC supply
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the DC supply gives 400 V
    When the DC supply falls silent
    Then within 16 s the fault SupplyLost is detected
    When the DC supply is back
    Then within 5 s the fault SupplyLost is cleared

  @slow @energised
  Scenario: A rectifier with its words the wrong way round is found out
    Given a charger with a DC supply
    And a load of 100 ohm at the DC supply
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the DC supply gives 400 V
    When the DC supply changes its word order
    Then within 16 s the fault SupplyLost is detected

  @requires:imd @energised
  Scenario Outline: 90 kohm from DC <line> to earth is a fault
    Given a charger with a DC supply
    When the bench sets the DC supply to 400 V and 10 A
    And the bench switches the DC supply on
    Then within 6 s the DC supply gives 400 V
    When 90 kohm leaks from DC <line> to earth
    Then within 10 s the fault InsulationFault is detected
    And within 2 s the DC supply is dead
    When the DC lines are insulated again
    Then within 10 s the fault InsulationFault is cleared

    Examples:
      | line  |
      | plus  |
      | minus |

  @requires:imd
  Scenario: The insulation monitor tests itself
    Given a charger with a DC supply
    When the bench has the insulation monitor test itself
    Then within 15 s the insulation monitor has passed its self-test
